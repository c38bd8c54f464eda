/// A row of recorded regions.
struct RecordedBox: Hashable, Sendable {
  /// x1, y1, x2, y2.
  let corners: [Double]
  /// Nil where scores were not recorded.
  let score: Float?
}

/// Candidates by their left corner, to find those that a recorded box may be.
struct CandidateIndex {
  private let candidates: [BoxCandidate]
  /// Places of candidates, by rising left corner.
  private let byLeft: [Int]
  private let reach: Double
  private let storage: Double

  /// - Parameter storage: unit roundoff of the type that the recording stores, where it is coarser.
  init(_ candidates: [BoxCandidate], storage: Double) {
    self.candidates = candidates
    self.storage = storage
    byLeft = candidates.indices.sorted {
      (candidates[$0].corners[0].value, $0) < (candidates[$1].corners[0].value, $1)
    }
    reach =
      candidates.map { $0.corners[0].hard + storage * abs($0.corners[0].value) }.max() ?? 0
  }

  /// Whether a box may be a candidate's, whatever its score.
  func fits(_ box: RecordedBox, _ candidate: BoxCandidate) -> Bool {
    zip(box.corners, candidate.corners).allSatisfy { found, corner in
      abs(found - corner.value) <= corner.hard + storage * abs(corner.value) + 0x1p-149
    }
  }

  /// Places, in the candidates' order, of those whose corners the box has within the hard bound.
  func matches(_ box: RecordedBox) -> [Int] {
    guard box.corners.allSatisfy(\.isFinite) else { return [] }
    let low = box.corners[0] - reach - 0x1p-149
    var (first, last) = (0, byLeft.count)
    while first < last {
      let middle = (first + last) / 2
      if candidates[byLeft[middle]].corners[0].value < low { first = middle + 1 } else { last = middle }
    }
    var found: [Int] = []
    for place in byLeft[first...] {
      guard candidates[place].corners[0].value <= box.corners[0] + reach + 0x1p-149 else { break }
      if fits(box, candidates[place]) { found.append(place) }
    }
    return found.sorted()
  }

  /// How far the nearest candidate is, by its worst corner.
  func distance(to box: RecordedBox) -> Double {
    candidates.map { candidate in
      zip(box.corners, candidate.corners).map { abs($0 - $1.value) }.max() ?? .infinity
    }.min() ?? .infinity
  }
}
