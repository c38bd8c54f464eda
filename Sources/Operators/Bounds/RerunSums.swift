internal import Tensors

/// Sums of an operator that is rerun on squares, which gives Σp² of all elements at once.
///
/// Their products are listed for few elements, if for any: what that takes, copies in fp64, is made when the first
/// one is.
struct RerunSums: SumBound {
  private let operation: any SumOfProducts
  private let inputs: [Tensor?]
  private let elements: Int
  /// Products of every element's sum.
  private let count: Int
  private let roundsBefore: Bool
  private let listed: LateSums

  /// Products of all elements below which it is cheaper to list those that are asked for.
  static let fewest = 1 << 20

  /// - Parameter roundsBefore: whether factors round themselves before they are multiplied.
  init(
    _ operation: any SumOfProducts, _ operands: BoundOperands, count: Int, roundsBefore: Bool = false,
    listing make: @escaping @Sendable () -> any SumBound
  ) {
    self.operation = operation
    inputs = operands.inputs
    elements = operands.outputShape.count
    self.count = count
    self.roundsBefore = roundsBefore
    listed = LateSums(count: count, listing: make)
  }

  func termCount(of element: Int) -> Int { count }

  func list(_ element: Int, into terms: inout SumTerms) { listed.list(element, into: &terms) }

  func squares(on threads: Threads) -> SumsOfSquares? {
    let (products, overflows) = elements.multipliedReportingOverflow(by: count)
    guard overflows || products >= Self.fewest,
      let squares = try? operation.floatSquares(of: inputs, in: EvaluationContext(threads: threads)),
      squares.shape.count == elements
    else { return nil }
    return SumsOfSquares(values: Elements(squares), termCount: count, isPartial: roundsBefore)
  }
}
