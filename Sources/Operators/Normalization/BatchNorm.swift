package import Graphs

/// Normalisation of each channel by stored statistics, then scale and shift.
///
/// Inputs: data `[…, C, …]`, gamma, beta, mean and variance `[C]`; output: data's shape,
/// ((x − mean) / √(variance + epsilon)) · gamma + beta (mxnet nn/batch_norm.cc; arXiv:1502.03167).
/// At inference the stored statistics are used whatever `usesGlobalStatistics` says.
package struct BatchNorm: Operator {
  package static let name = "BatchNorm"

  /// Added to the variance; MXNet 1.x keeps it in fp64.
  package var epsilon: Double
  /// Whether gamma counts as 1, whatever its tensor holds: MXNet's default.
  package var fixGamma: Bool
  /// Whether training, too, used the stored statistics.
  package var usesGlobalStatistics: Bool
  /// The axis of the channels; negative from the end.
  package var axis: Int

  package init(epsilon: Double, fixGamma: Bool, usesGlobalStatistics: Bool = false, axis: Int = 1) {
    self.epsilon = epsilon
    self.fixGamma = fixGamma
    self.usesGlobalStatistics = usesGlobalStatistics
    self.axis = axis
  }

  package var inputs: [InputName] {
    [
      InputName("data"), InputName("gamma", .parameter), InputName("beta", .parameter),
      InputName("mean", .auxiliary), InputName("variance", .auxiliary),
    ]
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let data = inputs.shape(0)
    var channels: Int?
    if let rank = data.rank { channels = data[try resolveAxis(axis, rank: rank)] }
    for parameter in 1...4 { try inputs.require(parameter, [channels]) }
    return [ValueType(inputs.elementType(0), data)]
  }
}
