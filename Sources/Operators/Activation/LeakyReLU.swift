package import Graphs

/// A rectifier whose negative half is not flat.
///
/// Inputs: data `[N, C, …]`, and gamma where `prelu`: `[C]` along axis 1, `[1]`, or a shape of as many dimensions as
/// data or one less that repeats to data's, aligned at the last. Output: data's shape (mxnet leaky_relu-inl.h).
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

  package var function: Function
  /// Of `leaky` and `elu`; 0 for the others.
  package var slope: Double

  package init(_ function: Function, slope: Double = 0) {
    self.function = function
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
    let channels = data.count > 1 ? data[1] : 1
    guard let gamma = inputs.shape(1).dimensions, gamma != [1] else {
      if inputs.shape(1).rank == nil { try inputs.require(1, [channels]) }
      return
    }
    if gamma.count == 1 { return try inputs.require(1, [channels]) }
    // Aligned at the last dimension.
    var fits = gamma.count == data.count || gamma.count == data.count - 1
    for (own, other) in zip(gamma.reversed(), data.reversed()) {
      if let own, let other, own != 1, own != other { fits = false }
    }
    guard fits else {
      throw .input(
        "gamma", found: "shape \(inputs.shape(1))", expected: "one that repeats to \(PartialShape(data))")
    }
  }
}
