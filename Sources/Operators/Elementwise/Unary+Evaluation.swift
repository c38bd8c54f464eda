package import Tensors

extension Unary {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard site.output().elementType.isFloatingPoint else {
      return try integerStep(site.input(0).elementType)
    }
    return .map(function.closure())
  }

  private func integerStep<T: Lane>(_ type: ElementType) throws(OperatorError) -> Step<T> {
    let map: @Sendable (Int) -> Int
    switch function {
    case .abs: map = { $0 < 0 ? 0 &- $0 : $0 }
    case .negative: map = { 0 &- $0 }
    case .sign: map = { $0.signum() }
    case .square: map = { $0 &* $0 }
    case .floor, .ceil, .trunc, .round, .rint: return .alias()
    default:
      throw .input("data", found: "\(type.rawValue) elements", expected: "floating-point numbers")
    }
    return Step { evaluation throws(OperatorError) in evaluation.write(try evaluation.integers(0).map(map)) }
  }
}

extension Unary.Function {
  fileprivate func closure<T: Lane>() -> @Sendable (T) -> T {
    switch self {
    case .abs: { Swift.abs($0) }
    case .negative: { -$0 }
    // NaN is neither above nor below.
    case .sign: { $0 < 0 ? -1 : $0 > 0 ? 1 : 0 }
    case .reciprocal: { 1 / $0 }
    case .square: { $0 * $0 }
    case .sqrt: { $0.squareRoot() }
    case .rsqrt: { 1 / $0.squareRoot() }
    case .cbrt: { T.cbrt($0) }
    case .exp: { T.exp($0) }
    case .expm1: { T.expm1($0) }
    case .log: { T.log($0) }
    case .log2: { T.log2($0) }
    case .log10: { T.log10($0) }
    case .log1p: { T.log1p($0) }
    case .sin: { T.sin($0) }
    case .cos: { T.cos($0) }
    case .tan: { T.tan($0) }
    case .erf: { T.erf($0) }
    case .floor: { $0.rounded(.down) }
    case .ceil: { $0.rounded(.up) }
    case .trunc: { $0.rounded(.towardZero) }
    case .round: { $0.rounded(.toNearestOrAwayFromZero) }
    case .rint:
      { x in
        let (low, high) = (x.rounded(.down), x.rounded(.up))
        return x - low <= high - x ? low : high
      }
    }
  }
}
