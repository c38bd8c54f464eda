internal import Bytes
internal import Tensors

/// The decisions of a suppression of given boxes: their corners have no error, overlaps round.
struct BoxNMSBound: DecisionBound {
  var operation: BoxNMS
  let data: Tensor
  let reference: [Double]
  /// What sides have more than the difference of their corners.
  var extra = 0.0
  var isSorted = true

  var isExact: Bool { false }

  func judge(
    recorded: [Tensor?], output: Int, unitRoundoff u: Double, storage: Double
  ) -> DecisionVerdict {
    var verdict = DecisionVerdict(outcome: .same, count: 0, closest: "", expected: reference, errors: [])
    verdict.errors = reference.map { _ in (0, 0) }
    guard let found = recorded.first.flatMap({ $0?.converted(to: Double.self) }), operation.topK != 0 else {
      return verdict
    }
    let sizes = data.shape.dimensions
    let (count, width) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    let values = data.converted(to: Double.self)
    var tally = DecisionTally()
    for start in stride(from: 0, to: values.count, by: max(1, count * width)) {
      let rows = values[start..<start + count * width]
      let boxes = candidates(rows, width, u)
      guard boxes.allSatisfy(\.isFinite) else {
        verdict.undecided = "some of its boxes or scores are not finite"
        return verdict
      }
      let selection = GreedySelection(
        boxes, considered: operation.topK < 0 ? .max : operation.topK, limit: count,
        threshold: Double(Float(operation.overlapThreshold)), extra: extra, tiesAreOpen: false,
        isSorted: isSorted)
      let kept = (0..<count).map { Array(found[start + $0 * width..<start + ($0 + 1) * width]) }
        .prefix { $0[operation.scoreColumn] > operation.scoreThreshold }
      var judge = SelectionJudge(selection, unitRoundoff: u, storage: storage)
      judge.follow(
        kept.map {
          RecordedBox(corners: corners($0, operation.outputFormat), score: Float($0[operation.scoreColumn]))
        })
      tally.add(judge.tally)
      write(judge.kept.map { selection.candidates[$0].place }, rows, start: start, width, u, &verdict)
    }
    verdict.differingRows = stride(from: 0, to: reference.count, by: width).count { row in
      (row..<row + width).contains {
        abs(verdict.expected[$0] - reference[$0]) > verdict.errors[$0].hard * u
      }
    }
    let isRerun = verdict.differingRows == 0 && tally.outcome <= .unlikely
    verdict.outcome = isRerun ? .same : tally.outcome
    verdict.count = tally.count
    verdict.differing = isRerun ? 0 : tally.differing
    verdict.closest = tally.closest
    verdict.margin = tally.margin
    return verdict
  }

  /// The valid boxes of one of a batch, as corners.
  private func candidates(_ rows: ArraySlice<Double>, _ width: Int, _ u: Double) -> [BoxCandidate] {
    (0..<rows.count / max(1, width)).compactMap { place in
      let row = Array(rows[rows.startIndex + place * width..<rows.startIndex + (place + 1) * width])
      let score = Float(row[operation.scoreColumn])
      let label = operation.classColumn.map { row[$0] }
      guard score > Float(operation.scoreThreshold),
        label == nil || operation.backgroundClass.map({ Double($0) != label }) ?? true
      else { return nil }
      let isRounded = operation.inputFormat == .center || operation.outputFormat == .center
      let box = corners(row, operation.inputFormat).map { value in
        isRounded ? Uncertain(value).off(by: 2 * u) : Uncertain(value)
      }
      let classIndex = operation.suppressesAcrossClasses ? nil : label.flatMap { Int(checked: $0) }
      return BoxCandidate(corners: box, score: score, place: place, classIndex: classIndex)
    }
  }

  private func corners(_ row: [Double], _ format: BoxNMS.Format) -> [Double] {
    let box = Array(row[operation.coordinateColumn..<operation.coordinateColumn + 4])
    guard format == .center else { return box }
    return [box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2]
  }

  /// What the rows hold when the recorded boxes are kept; coordinates in another format round twice.
  private func write(
    _ kept: [Int], _ rows: ArraySlice<Double>, start: Int, _ width: Int, _ u: Double,
    _ verdict: inout DecisionVerdict
  ) {
    for index in 0..<rows.count { verdict.expected[start + index] = -1 }
    for (row, place) in kept.enumerated() {
      for column in 0..<width {
        verdict.expected[start + row * width + column] = rows[rows.startIndex + place * width + column]
      }
      guard operation.inputFormat != operation.outputFormat else { continue }
      let first = start + row * width + operation.coordinateColumn
      let box = Array(verdict.expected[first..<first + 4])
      // One whose first coordinate is below 0 stays as it is (mxnet contrib/bounding_box-inl.h).
      guard box[0] >= 0 else { continue }
      let size = box.map(abs).max() ?? 0
      let converted =
        operation.outputFormat == .center
        ? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]]
        : [box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2]
      for (column, value) in converted.enumerated() {
        verdict.expected[first + column] = value
        verdict.errors[first + column] = (0.8 * size, 2 * size)
      }
    }
  }
}

extension BoxNMSBound {
  var alternatives: [DecisionAlternative] {
    func altered(_ cause: String, _ remedy: String, _ alter: (inout Self) -> Void) -> DecisionAlternative {
      var bound = self
      alter(&bound)
      return DecisionAlternative(cause, remedy: remedy, bound: bound)
    }
    var list = [
      altered("overlaps with a +1 of the sides", "take sides as differences of corners") { $0.extra = 1 },
      altered("suppression before boxes are sorted by score", "sort the boxes by falling score first") {
        $0.isSorted = false
      },
      altered("suppression across classes", "let boxes of different classes stay") {
        $0.operation.suppressesAcrossClasses.toggle()
      },
      altered("all boxes looked at", "look at the best boxes alone") { $0.operation.topK = -1 },
      altered("corners and centers exchanged", "give boxes as the input format says") {
        $0.operation.inputFormat = operation.inputFormat == .corner ? .center : .corner
      },
    ]
    for threshold in [0.3, 0.4, 0.45, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9]
    where Float(threshold) != Float(operation.overlapThreshold) {
      list.append(
        altered("a threshold of \(threshold)", "suppress above \(operation.overlapThreshold)") {
          $0.operation.overlapThreshold = threshold
        })
    }
    return list
  }
}

extension BoxNMS {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    .discrete(BoxNMSBound(operation: self, data: operands.input(0), reference: operands.reference.array))
  }
}
