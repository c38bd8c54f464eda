internal import Bytes
package import Tensors

extension BoxNMS {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let sizes = site.input(0).shape.dimensions
    let (boxes, width) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    let most = topK < 0 ? boxes : min(topK, boxes)
    guard most > 0 else { return .alias() }
    return Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: boxes * width, on: evaluation.threads) { start, y, _ in
        let rows = ScoredRows(operation: self, elements: x.span.extracting(start..<start + y.count), width)
        let kept = rows.kept(most)
        for index in y.indices { y[index] = -1 }
        for (place, row) in kept.enumerated() {
          for column in 0..<width { y[place * width + column] = x.span[start + row * width + column] }
          if inputFormat != outputFormat { convert(&y, at: place * width + coordinateColumn) }
        }
      }
    }
  }

  /// A box in the other format; one whose first coordinate is below 0 stays as it is (contrib/bounding_box-inl.h).
  private func convert<T: Lane>(_ y: inout MutableSpan<T>, at place: Int) {
    let box = (y[place], y[place + 1], y[place + 2], y[place + 3])
    guard !(box.0 < 0) else { return }
    if outputFormat == .center {
      y[place] = (box.0 + box.2) / 2
      y[place + 1] = (box.1 + box.3) / 2
      y[place + 2] = box.2 - box.0
      y[place + 3] = box.3 - box.1
    } else {
      y[place] = box.0 - box.2 / 2
      y[place + 1] = box.1 - box.3 / 2
      y[place + 2] = box.0 + box.2 / 2
      y[place + 3] = box.1 + box.3 / 2
    }
  }
}

/// The boxes of one of a batch, decided in fp32 as the source does.
private struct ScoredRows {
  private let operation: BoxNMS
  private let scores: [Float]
  /// Nil where boxes have no classes, or they do not matter.
  private let classes: [Int?]?
  /// Whether a box is looked at at all.
  private let isValid: [Bool]
  private let spans: [[(low: Float, high: Float)]]
  private let areas: [Float]

  init<T: Lane>(operation: BoxNMS, elements: Span<T>, _ width: Int) {
    self.operation = operation
    let rows = 0..<elements.count / width
    func column(_ index: Int) -> [Float] { rows.map { elements[$0 * width + index].asFloat } }
    let scores = column(operation.scoreColumn)
    let labels = operation.classColumn.map(column)
    self.scores = scores
    isValid = rows.map { row in
      scores[row] > Float(operation.scoreThreshold)
        && (labels.map { $0[row] != operation.backgroundClass.map(Float.init) } ?? true)
    }
    classes = operation.suppressesAcrossClasses ? nil : labels?.map { Int(checked: Double($0)) }
    let corners = (0..<4).map { column(operation.coordinateColumn + $0) }
    let isCorner = operation.inputFormat == .corner
    spans = (0..<2).map { axis in
      rows.map { row in
        let (a, b) = (corners[axis][row], corners[axis + 2][row])
        return isCorner ? (a, b) : (a - b / 2, a + b / 2)
      }
    }
    areas = rows.map { row in
      let sides = (0..<2).map { axis in
        isCorner ? corners[axis + 2][row] - corners[axis][row] : corners[axis + 2][row]
      }
      return sides[0] < 0 || sides[1] < 0 ? 0 : sides[0] * sides[1]
    }
  }

  /// The rows that stay, by falling score, the first of equals first.
  ///
  /// - Complexity: `most` · kept ones.
  func kept(_ most: Int) -> [Int] {
    let valid = isValid.indices.filter { isValid[$0] }
    // A score above a threshold is no NaN; places tell equals apart.
    let order = valid.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var kept: [Int] = []
    for row in order.prefix(most) where !kept.contains(where: { suppresses($0, row) }) { kept.append(row) }
    return kept
  }

  private func suppresses(_ better: Int, _ row: Int) -> Bool {
    if let classes, classes[better] != classes[row] { return false }
    let shared = shared(0, better, row) * shared(1, better, row)
    return shared / (areas[better] + areas[row] - shared) > Float(operation.overlapThreshold)
  }

  /// What two boxes have in common along an axis.
  private func shared(_ axis: Int, _ a: Int, _ b: Int) -> Float {
    let (a, b) = (spans[axis][a], spans[axis][b])
    let length = (a.high < b.high ? a.high : b.high) - (a.low > b.low ? a.low : b.low)
    return length > 0 ? length : 0
  }
}
