internal import Tensors

extension L2Normalization {
  /// x/√(S + ε), S a sum of n squares, all of one sign: its relative variance is at most u²·(5n/18 + 1/3), of which the
  /// root keeps a quarter; the addition, the root and the quotient round once each:
  /// σ² = u²·y²·((5n/18 + 1/3)/4 + 3/4).
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let sizes = operands.input(0).shape.dimensions
    let whole = sizes.dropFirst().reduce(1, *)
    let count =
      switch mode {
      case .instance: whole
      case .channel: sizes[1]
      case .spatial: sizes[1] == 0 ? 0 : whole / sizes[1]
      }
    let n = Double(count)
    return .relative(
      operands, sigma: ((5 * n / 18 + 1.0 / 3) / 4 + 0.75).squareRoot(), hard: (n + 2) / 2 + 3)
  }
}
