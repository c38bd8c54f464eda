internal import Tensors

/// What bins of whole map elements are made of.
struct RegionBins: Sendable {
  let data: Elements<Double>
  let rois: Elements<Float>
  /// The map's, `[N, C, H, W]`.
  let shape: Shape
  let output: Shape

  init(_ operands: BoundOperands) {
    data = Elements(operands.input(0).widened)
    rois = Elements(operands.input(1).narrowed)
    shape = operands.input(0).shape
    output = operands.outputShape
  }

  private func elements(_ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> [Double] {
    var elements: [Double] = []
    for row in rows {
      for column in columns { elements.append(data.span[(plane * shape[2] + row) * shape[3] + column]) }
    }
    return elements
  }

  func mean(_ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> SumTerms {
    var terms = SumTerms()
    terms.products = elements(plane, rows, columns)
    terms.divisor = Double(max(1, terms.products.count))
    return terms
  }

  /// The means over every choice of rows and columns; empty where there is no choice, or too much.
  func means(_ plane: Int, _ rows: [Range<Int>], _ columns: [Range<Int>]) -> [SumTerms] {
    choices(rows, columns).map { mean(plane, $0, $1) }
  }

  /// The maxima over every choice of rows and columns, 0 for an empty bin.
  func maxima(_ plane: Int, _ rows: [Range<Int>], _ columns: [Range<Int>]) -> [SumTerms] {
    choices(rows, columns).map {
      var terms = SumTerms()
      terms.products = [elements(plane, $0, $1).max() ?? 0]
      return terms
    }
  }

  private func choices(
    _ rows: [Range<Int>], _ columns: [Range<Int>]
  ) -> [(Range<Int>, Range<Int>)] {
    guard (2...16).contains(rows.count * columns.count) else { return [] }
    return rows.flatMap { row in columns.map { (row, $0) } }
  }
}
