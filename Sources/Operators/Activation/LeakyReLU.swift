package import Graphs

/// A rectifier whose negative half is not flat.
///
/// Inputs: data `[N, C, …]`, and gamma where `prelu`, placed as `gammaPlacement` says. Output: data's shape (mxnet
/// leaky_relu-inl.h).
package struct LeakyReLU: Operator {
  package static let name = "LeakyReLU"

  package enum Function: String, Codable, Sendable, CaseIterable {
    /// x where x > 0, else slope·x.
    case leaky
    /// x where x > 0, else gamma·x (arXiv:1502.01852).
    case prelu
    /// x where x > 0, else slope·(exp(x) − 1) (arXiv:1511.07289).
    case elu
    /// 1.0507… · (x where x > 0, else 1.6732…·(exp(x) − 1)) (arXiv:1706.02515).
    case selu
    /// x·(1 + erf(x/√2))/2 (arXiv:1606.08415).
    case gelu
  }

  /// Which slope an element of the data has.
  package enum GammaPlacement: String, Codable, Sendable, CaseIterable {
    /// `[C]` is one for each channel along axis 1; `[1]`, or a shape of as many dimensions as the data or one less, is
    /// aligned at the last (MXNet).
    case channels
    /// Any shape is aligned at the last dimension (ONNX).
    case last
  }

  package var function: Function
  package var gammaPlacement: GammaPlacement
  /// Of `leaky` and `elu`; 0 for the others.
  package var slope: Double

  package init(_ function: Function, slope: Double = 0, gammaPlacement: GammaPlacement = .channels) {
    self.function = function
    self.gammaPlacement = gammaPlacement
    self.slope = slope
  }

  package var inputs: [InputName] {
    [InputName("data")] + (function == .prelu ? [InputName("gamma", .parameter)] : [])
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let data = inputs.shape(0)
    if function == .prelu, let dimensions = data.dimensions {
      try inferGamma(&inputs, data: dimensions)
    }
    return [ValueType(inputs.elementType(0), data)]
  }

  private func inferGamma(_ inputs: inout InferredInputs, data: [Int?]) throws(OperatorError) {
    guard gammaPlacement == .channels else { return try requireFit(inputs, data: data) }
    let channels = data.count > 1 ? data[1] : 1
    guard let gamma = inputs.shape(1).dimensions, gamma != [1] else {
      if inputs.shape(1).rank == nil { try inputs.require(1, [channels]) }
      return
    }
    if gamma.count == 1 { return try inputs.require(1, [channels]) }
    guard gamma.count == data.count || gamma.count == data.count - 1 else { throw misfit(inputs, data) }
    try requireFit(inputs, data: data)
  }

  private func misfit(_ inputs: InferredInputs, _ data: [Int?]) -> OperatorError {
    .input(
      "gamma", found: "shape \(inputs.shape(1))", expected: "one that repeats to \(PartialShape(data))")
  }

  /// - Throws: `OperatorError` where gamma, aligned at the last dimension, does not repeat to data's shape.
  private func requireFit(_ inputs: InferredInputs, data: [Int?]) throws(OperatorError) {
    guard let gamma = inputs.shape(1).dimensions else { return }
    var fits = gamma.count <= data.count
    for (own, other) in zip(gamma.reversed(), data.reversed()) {
      if let own, let other, own != 1, own != other { fits = false }
    }
    guard fits else { throw misfit(inputs, data) }
  }
}
