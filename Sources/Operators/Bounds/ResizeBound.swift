internal import Tensors

extension Resize {
  /// Nearest neighbours are copies; else a sum of products by weights that round themselves: a linear one by its
  /// difference and product, 4/3·u² of the term, a cubic's polynomials by about 3u for each axis.
  ///
  /// A smoothing filter's weights are divided by their sum of n, which rounds n times, and with it all of them alike:
  /// (n/9 + 1)·u²·y² for each axis; the weights' own rounding, 5u at most (2u of a triangle), is divided too.
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
    let (count, smoothing) = (Double(plan.tapCount), antialiases ? Double(axes.count) : 0)
    let rounding = !antialiases ? (method == .cubic ? 9.0 : 0) : method == .cubic ? 25 : 4
    // Divided weights are as small as there are many.
    let scales = antialiases ? (try? targets(data.shape.dimensions)) ?? [] : []
    let spread = scales.reduce(1.0) { $0 * max(1, 1 / Double($1?.scale ?? 1)) }
    let weightError =
      (Double(longest * longest) / 3 + rounding * Double(axes.count)) / (spread * spread)
    return .sums(
      GatheredSums(count: plan.tapCount) { element, terms in
        var (places, weights): ([Int], [Double]) = ([], [])
        guard plan.list(element / plan.run, &places, &weights) else { return }
        var sum = 0.0
        for (place, weight) in zip(places, weights) {
          let value = values.span[place + element % plan.run]
          terms.products.append(weight * value)
          sum += weight * value
          terms.priorVariance += (4 / 3 * weight * weight + weightError) * value * value
          terms.priorBound += (4 * abs(weight) + weightError) * abs(value)
        }
        terms.priorVariance += smoothing * (count / 9 + 1) * sum * sum
        terms.priorBound += smoothing * (count + 2) * abs(sum)
      })
  }
}

extension Resize {
  package static var mxnet: MXNetDialect<Resize>? { nil }
}
