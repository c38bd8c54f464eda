internal import Tensors

/// The decisions of a region proposal: which boxes are large enough, which are looked at, and which stay.
struct ProposalBound: DecisionBound {
  let rules: ProposalRules
  let inputs: [Tensor?]
  let images: Int
  /// The rerun of the output that is asked for, in the source's own order of fp32 operations.
  let reference: [Double]

  private var rows: Int { rules.selection.postNMSTopN }

  var isExact: Bool { false }

  func judge(
    recorded: [Tensor?], output: Int, unitRoundoff u: Double, storage: Double
  ) -> DecisionVerdict {
    var verdict = DecisionVerdict(outcome: .same, count: 0, closest: "", expected: reference, errors: [])
    verdict.errors = reference.map { _ in (0, 0) }
    guard let rois = recorded.first ?? nil else {
      verdict.undecided = "the regions that these scores belong to were not recorded"
      return verdict
    }
    let corners = rois.converted(to: Double.self)
    let scores =
      recorded.count > 1 ? recorded[1].map { $0.converted(to: Float.self) } : nil
    var tally = DecisionTally()
    for image in 0..<images {
      guard let boxes = rules.candidates(inputs, image: image, unitRoundoff: u),
        boxes.allSatisfy(\.isFinite)
      else {
        verdict.undecided = "some of its boxes or scores are not finite"
        return verdict
      }
      let selection = rules.selection(of: boxes)
      let found = (image * rows..<(image + 1) * rows).map { row in
        RecordedBox(corners: Array(corners[5 * row + 1..<5 * row + 5]), score: scores?[row])
      }
      let distinct = selection.candidates.isEmpty ? 0 : distinctCount(found, of: selection)
      var judge = SelectionJudge(selection, unitRoundoff: u, storage: storage)
      judge.follow(Array(found.prefix(distinct)))
      tally.add(judge.tally)
      write(judge.kept.map { selection.candidates[$0] }, found, image: image, output: output, u, &verdict)
    }
    verdict.differingRows = differingRows(verdict, output: output, u)
    // The order in which the source rounds decides as well as exact arithmetic does.
    let isRerun = verdict.differingRows == 0 && tally.outcome <= .unlikely
    verdict.outcome = isRerun ? .same : tally.outcome
    verdict.count = tally.count
    verdict.differing = isRerun ? 0 : tally.differing
    verdict.closest = tally.closest
    verdict.margin = tally.margin
    return verdict
  }

  /// The rows before the first that repeats one: a box suppresses itself, so that none is kept twice.
  private func distinctCount(_ boxes: [RecordedBox], of selection: GreedySelection) -> Int {
    let most = min(boxes.count, selection.considered, selection.candidates.count)
    guard selection.threshold < 1 else { return most }
    var seen: Set<RecordedBox> = []
    return boxes.prefix(most).firstIndex { !seen.insert($0).inserted } ?? most
  }

  /// What an image's rows hold when the recorded boxes are kept; a row that is no kept box keeps the rerun's.
  private func write(
    _ kept: [BoxCandidate], _ found: [RecordedBox], image: Int, output: Int, _ u: Double,
    _ verdict: inout DecisionVerdict
  ) {
    guard !kept.isEmpty else { return }
    var firstPlaces: [RecordedBox: Int] = [:]
    for (place, box) in found.prefix(kept.count).enumerated() where firstPlaces[box] == nil {
      firstPlaces[box] = place
    }
    for (row, box) in found.enumerated() {
      let inTurn = row % kept.count
      let box = kept[row < kept.count || rules.repeatsInTurn ? inTurn : firstPlaces[box] ?? inTurn]
      let index = image * rows + row
      if output == 1 {
        verdict.expected[index] = Double(box.score)
        continue
      }
      verdict.expected[5 * index] = Double(image)
      for (column, corner) in box.corners.enumerated() {
        verdict.expected[5 * index + 1 + column] = corner.value
        verdict.errors[5 * index + 1 + column] = (corner.variance.squareRoot() / u, corner.hard / u)
      }
    }
  }

  private func differingRows(_ verdict: DecisionVerdict, output: Int, _ u: Double) -> Int {
    let width = output == 0 ? 5 : 1
    return (0..<images * rows).count { row in
      (row * width..<(row + 1) * width).contains { place in
        abs(verdict.expected[place] - reference[place]) > verdict.errors[place].hard * u
      }
    }
  }
}

extension Proposal {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    .discrete(
      ProposalBound(
        rules: ProposalRules(
          levels: [
            ProposalRules.Level(
              stride: stride, scores: 0, deltas: 1, anchors: anchors().map { $0.map(Double.init) })
          ], selection: selection, addsDeltas: addsDeltas),
        inputs: operands.inputs, images: operands.input(0).shape[0], reference: operands.reference.array))
  }
}

extension PyramidProposal {
  /// The original's sort leaves the order of equal scores open.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let levels = strides.enumerated().map { level, stride in
      ProposalRules.Level(
        stride: stride, scores: level, deltas: strides.count + level, anchors: anchors(base: stride))
    }
    return .discrete(
      ProposalBound(
        rules: ProposalRules(
          levels: levels, selection: selection, isWide: true, smallBoxes: .removed, outsideCells: .removed,
          tiesAreOpen: true, repeatsInTurn: false),
        inputs: operands.inputs, images: 1, reference: operands.reference.array))
  }
}
