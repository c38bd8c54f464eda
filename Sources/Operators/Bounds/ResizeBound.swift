internal import Tensors

extension Resize {
  /// Nearest neighbours are copies; else a sum of products by weights that round themselves: a linear one by its
  /// difference and product, 4/3·u² of the term, a cubic's polynomials by about 3u for each axis.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard method != .nearest else { return .exact }
    let data = operands.input(0).widened
    let values = Elements<Double>(data)
    func argument(_ shape: Shape) -> Site<Double>.Argument {
      Site<Double>.Argument(elementType: .float64, shape: shape, layout: .logical)
    }
    guard let plan = try? ResizePlan<Double>(self, argument(data.shape), argument(operands.outputShape))
    else {
      return .unknown("its attributes do not fit its input")
    }
    // No order of this sum reproduces every recorded position: each may be a rounding off.
    let longest = coordinates == .halfPixelSymmetric ? axes.map { data.shape[$0] }.max() ?? 0 : 0
    let weightError = Double(longest * longest) / 3 + (method == .cubic ? 9 * Double(axes.count) : 0)
    return .sums(
      GatheredSums(count: plan.tapCount) { element, terms in
        var (places, weights): ([Int], [Double]) = ([], [])
        guard plan.list(element / plan.run, &places, &weights) else { return }
        for (place, weight) in zip(places, weights) {
          let value = values.span[place + element % plan.run]
          terms.products.append(weight * value)
          terms.priorVariance += (4 / 3 * weight * weight + weightError) * value * value
          terms.priorBound += (4 * abs(weight) + weightError) * abs(value)
        }
      })
  }
}

extension Resize {
  package static var mxnet: MXNetDialect<Resize>? { nil }
}
