internal import Tensors

extension Reduction {
  /// Sums are sums of products by 1, means divided in the end; a product of n rounds n − 1 times; maxima do not round.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let data = operands.input(0)
    guard let gone = try? Set(reducedAxes(rank: data.shape.rank)) else {
      return .unknown("its axes do not fit its input")
    }
    let view = ReducedView(data.shape, gone: gone)
    let count = view.offsets.count
    switch function {
    case .max, .min: return .exact
    case .product:
      return .relative(operands, sigma: 0.58 * Double(max(1, count)).squareRoot(), hard: Double(count))
    case .sum, .mean: break
    }
    let values = Elements<Double>(data.widened)
    let divisor = function == .mean ? Double(max(1, count)) : 1
    return .sums(
      GatheredSums(count: count) { element, terms in
        let first = view.first(of: element)
        for offset in view.offsets { terms.products.append(values.span[first + offset]) }
        terms.divisor = divisor
      })
  }
}

/// Which elements of a tensor become one.
private struct ReducedView: Sendable {
  private let kept: [(size: Int, stride: Int)]
  /// From the first of the elements that become one.
  let offsets: [Int]

  init(_ shape: Shape, gone: Set<Int>) {
    let strides = shape.dimensions.rowMajorStrides
    kept = shape.dimensions.indices.filter { !gone.contains($0) }.map { (shape[$0], strides[$0]) }
    var offsets = [0]
    for axis in gone.sorted() {
      offsets = offsets.flatMap { offset in (0..<shape[axis]).map { offset + $0 * strides[axis] } }
    }
    self.offsets = offsets
  }

  /// The first element of those that become this one.
  func first(of element: Int) -> Int {
    var rest = element
    var first = 0
    for axis in kept.reversed() {
      first += rest % axis.size * axis.stride
      rest /= axis.size
    }
    return first
  }
}
