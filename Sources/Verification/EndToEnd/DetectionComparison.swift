package import Graphs
package import Toolkit

/// The detections of a recorded run beside those of a rerun, matched by class and place.
package struct DetectionComparison: Sendable {
  /// A detection that the other run has not.
  package struct Unmatched: Sendable {
    package let detection: Detection
    /// Whether the recorded run has it, or the rerun.
    package let isRecorded: Bool
    /// The decision that was nearest to going the other way, and by how much.
    package let decision: String
    package let margin: Double
    /// Whether the runs' own differences are as large as that margin.
    package let isExplained: Bool
  }

  /// Boxes of one class match from this intersection over union on.
  package static let minimumOverlap = 0.99

  package let matchedCount: Int
  /// The largest differences of matched detections: of scores, and of corners in pixels.
  package let scoreDifference: Double
  package let cornerDifference: Double
  package let unmatched: [Unmatched]

  /// - Parameter recipe: by which both were made.
  package init(recorded: [Detection], rerun: [Detection], recipe: NetworkRecipe.Detections) {
    var rest = Array(rerun.indices)
    var pairs: [(recorded: Detection, rerun: Detection)] = []
    var onlyRecorded: [Detection] = []
    for detection in recorded {
      let candidates = rest.filter { rerun[$0].classIndex == detection.classIndex }
      let best = candidates.max { a, b in
        rerun[a].box.overlap(with: detection.box) < rerun[b].box.overlap(with: detection.box)
      }
      if let best, rerun[best].box.overlap(with: detection.box) >= Self.minimumOverlap {
        pairs.append((detection, rerun[best]))
        rest.removeAll { $0 == best }
      } else {
        onlyRecorded.append(detection)
      }
    }
    matchedCount = pairs.count
    let scores = pairs.map { abs($0.recorded.score - $0.rerun.score) }.max() ?? 0
    let corners = pairs.flatMap { zip($0.recorded.box.corners, $0.rerun.box.corners).map { abs($0 - $1) } }
    scoreDifference = scores
    cornerDifference = corners.max() ?? 0
    // What matched ones differ by, ten times over, may decide; a ten-thousandth always may.
    let slack = max(1e-4, 10 * scores)
    unmatched =
      onlyRecorded.map {
        Unmatched($0, isRecorded: true, among: recorded, others: rerun, recipe: recipe, slack: slack)
      }
      + rest.map {
        Unmatched(rerun[$0], isRecorded: false, among: rerun, others: recorded, recipe: recipe, slack: slack)
      }
  }
}

extension DetectionComparison.Unmatched {
  /// - Parameters:
  ///   - own: detections of the run that has this one.
  ///   - others: those of the run that has not.
  fileprivate init(
    _ detection: Detection, isRecorded: Bool, among own: [Detection], others: [Detection],
    recipe: NetworkRecipe.Detections, slack: Double
  ) {
    var decisions: [(decision: String, margin: Double)] = [
      ("the score threshold \(recipe.scoreThreshold)", abs(detection.score - recipe.scoreThreshold))
    ]
    if case .greedy(let threshold) = recipe.suppression {
      // The other run may have dropped it for a better box of its class.
      for other in others
      where other.classIndex == detection.classIndex && other.score >= detection.score - slack {
        let overlap = other.box.overlap(with: detection.box)
        decisions.append(("suppression at an overlap of \(threshold)", abs(overlap - threshold)))
        // Two boxes of nearly the same score suppress each other in either order.
        if overlap > threshold {
          decisions.append(("the order of two scores", abs(other.score - detection.score)))
        }
      }
    }
    if recipe.maximumCount > 0, own.count >= recipe.maximumCount, let last = own.map(\.score).min() {
      decisions.append(("the last place of \(recipe.maximumCount)", abs(detection.score - last)))
    }
    let nearest = decisions.min { $0.margin < $1.margin } ?? ("", .infinity)
    self.init(
      detection: detection, isRecorded: isRecorded, decision: nearest.decision, margin: nearest.margin,
      isExplained: nearest.margin <= slack)
  }
}
