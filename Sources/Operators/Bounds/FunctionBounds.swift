internal import Tensors

extension Unary {
  /// Roots and reciprocals round once; functions of a library are within a few ULP, those of vector libraries that
  /// reduce an angle to half a ULP of 1 besides.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .abs, .negative, .sign, .floor, .ceil, .trunc, .round, .rint: return .exact
    case .reciprocal, .square, .sqrt: return .rounded(operands)
    case .rsqrt: return .relative(operands, sigma: 1.2, hard: 4)
    case .exp, .expm1, .cbrt, .erf: return .relative(operands, sigma: 2, hard: 16)
    case .log, .log2, .log10, .log1p, .sin, .cos:
      let y = operands.reference
      return .elementwise(FormulaBound { (0.3 + 1.5 * abs(y[$0]), 2 + 12 * abs(y[$0])) })
    case .tan: return .relative(operands, sigma: 3, hard: 24)
    }
  }
}

extension ScalarArithmetic {
  /// As `Binary`'s: one rounding, or a power's few ULP.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .add, .subtract, .multiply, .divide: .rounded(operands)
    case .maximum, .minimum: .exact
    case .power: .relative(operands, sigma: 1.5, hard: 16)
    }
  }
}

extension HardSigmoid {
  /// A product and a sum: u·|α·x| and u·|y| at most.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let x = Elements<Double>(operands.input(0).widened)
    let (y, slope) = (operands.reference, abs(alpha))
    return .elementwise(
      FormulaBound { element in
        let product = slope * abs(x.span[element])
        return (0.58 * (product + abs(y[element])), 2 * product + abs(y[element]))
      })
  }
}

extension LeakyReLU {
  /// A slope is one product. Exponentials less 1 keep the rounding of the exponential, within 2 ULP of 1; the error
  /// function's sum with 1 likewise, times |x|/2.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let x = Elements<Double>(operands.input(0).widened)
    let y = operands.reference
    let scale = function == .selu ? 1.758 : abs(slope)
    switch function {
    case .leaky, .prelu: return .rounded(operands)
    case .elu, .selu:
      return .elementwise(
        FormulaBound { element in
          let absolute = x.span[element] > 0 ? 0 : scale
          return (1.2 * absolute + abs(y[element]), 4 * absolute + 4 * abs(y[element]))
        })
    case .gelu:
      return .elementwise(
        FormulaBound { (abs(x.span[$0]) + 2 * abs(y[$0]), 6 * abs(x.span[$0]) + 8 * abs(y[$0])) })
    }
  }
}

extension LRN {
  /// A power of a sum of squares, all of one sign: its n + 1 roundings count β times; then the power's own few ULP and a
  /// quotient.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let terms = Double(size)
    return .relative(
      operands, sigma: 2 + 0.6 * abs(beta) * (terms + 2).squareRoot(), hard: 20 + abs(beta) * (terms + 4))
  }
}
