import Operators

/// The error to expect of one element, worked out from BOUNDS.md anew: the judge has its own arithmetic.
enum ExpectedError {
  static let u = 0x1p-24

  /// Six standard deviations, and what the absolute term allows; nil where no bound is known.
  static func allowance(_ bound: ErrorBound, _ element: Int, value: Double) -> Double? {
    switch bound {
    case .exact: abs(Double(Float(value)) - value) + 0x1p-149
    case .elementwise(let bound): 6 * bound.error(of: element).sigma * u + 0x1p-149
    case .sums(let bound):
      6 * deviation(bound, element, value: value) + 0x1p-149
    case .discrete, .unknown: nil
    }
  }

  /// The larger one of the random walk's deviation and that of the usual orders of the sum.
  private static func deviation(_ bound: any SumBound, _ element: Int, value: Double) -> Double {
    var terms = SumTerms()
    bound.list(element, into: &terms)
    let products = terms.products + (terms.bias.map { [$0] } ?? [])
    let n = Double(max(1, products.count))
    let y = value * terms.divisor
    let squares = products.map { $0 * $0 }.reduce(0, +)
    let spread = max(0, squares - y * y / n)
    let walk = n * (spread / 2 + y * y / 3) / 3 + squares / 3
    var ordered = 0.0
    let taps = terms.tapsPerChannel
    let channels = terms.products.count / max(1, taps)
    for isTapMajor in [false, true] {
      for isBiasFirst in [false, true] {
        var order = terms.products.indices.map {
          terms.products[isTapMajor ? $0 % channels * taps + $0 / channels : $0]
        }
        if let bias = terms.bias { order.insert(bias, at: isBiasFirst ? 0 : order.count) }
        var partial = 0.0
        var total = 0.0
        for product in order {
          partial += product
          total += partial * partial + product * product
        }
        ordered = max(ordered, total / 3 + y * y / 3)
      }
    }
    let division = terms.divisor == 1 ? 0 : value * value / 3
    let variance = (max(walk, ordered) + terms.priorVariance) / (terms.divisor * terms.divisor) + division
    return u * variance.squareRoot()
  }
}
