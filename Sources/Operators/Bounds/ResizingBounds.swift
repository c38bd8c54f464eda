internal import Tensors

extension BilinearResize {
  /// A bilinear sample at a position that fp32 forms in the source's order: σ² = (7/3)·u²·A², with
  /// A = Σ(weight·|value|), and 8·u·A at most (BOUNDS.md, "Deformable convolution").
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let (input, output) = (operands.input(0).shape, operands.outputShape)
    if input == output { return .exact }
    let data = Elements<Double>(operands.input(0).widened)
    let down = ResizedAxis<Double>(from: input[2], to: output[2], alignsCorners: alignsCorners)
    let across = ResizedAxis<Double>(from: input[3], to: output[3], alignsCorners: alignsCorners)
    return .elementwise(
      FormulaBound { element in
        let place = output.position(of: element)
        let plane = (place[0] * input[1] + place[1]) * input[2] * input[3]
        let (row, column) = (down[place[2]], across[place[3]])
        func value(_ y: Int, _ x: Int) -> Double { abs(data.span[plane + y * input[3] + x]) }
        let size =
          (1 - row.share)
          * ((1 - column.share) * value(row.first, column.first) + column.share
            * value(row.first, column.second))
          + row.share
          * ((1 - column.share) * value(row.second, column.first) + column.share
            * value(row.second, column.second))
        return ((7.0 / 3).squareRoot() * size, 8 * size)
      })
  }
}

extension UpSampling {
  /// Nearest neighbours are copies; maps that are added up round as `AddN` does, and the bilinear filter as the
  /// deconvolution that it is.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    if method == .bilinear { return deconvolution.errorBound(operands) }
    guard combination == .sum, count > 1 else { return .exact }
    let inputs = (0..<count).map { operands.input($0).widened }
    let maps = inputs.map { (shape: $0.shape, values: Elements<Double>($0)) }
    let output = operands.outputShape
    return .sums(
      GatheredSums(count: count) { element, terms in
        let place = output.position(of: element)
        for (shape, values) in maps {
          let (y, x) = (place[2] / (output[2] / shape[2]), place[3] / (output[3] / shape[3]))
          terms.products.append(
            values.span[((place[0] * shape[1] + place[1]) * shape[2] + y) * shape[3] + x])
        }
      })
  }
}
