package import Graphs
internal import OrderedCollections

/// A matrix product with learned weights: y = x·Wᵀ + b.
///
/// Inputs: data `[N, …]`, taken as `[N, K]` in memory order where `flattens`, else `[…, K]`; weight `[M, K]`;
/// bias `[M]` where `hasBias`. Output `[N, M]`, or `[…, M]` (mxnet nn/fully_connected.cc).
package struct FullyConnected: Operator {
  package static let name = "FullyConnected"

  /// M: columns of the output.
  package var units: Int
  package var hasBias: Bool
  /// Whether all axes but the first are one row.
  package var flattens: Bool

  package init(units: Int, hasBias: Bool, flattens: Bool = true) {
    self.units = units
    self.hasBias = hasBias
    self.flattens = flattens
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("weight", .parameter)] + (hasBias ? [InputName("bias", .parameter)] : [])
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("units", units, in: countRange)
    if hasBias { try inputs.require(2, [units]) }
    guard let data = inputs.shape(0).dimensions else {
      try inputs.require(1, [units, nil])
      return [ValueType(inputs.elementType(0), flattens ? PartialShape([nil, units]) : .unknown)]
    }
    guard let first = data.first, let last = data.last else {
      throw .input("data", found: "a scalar", expected: "at least one dimension")
    }
    let columns = flattens ? try productOfDimensions(data.dropFirst(), of: "data") : last
    try inputs.require(1, [units, columns])
    return [
      ValueType(inputs.elementType(0), PartialShape(flattens ? [first, units] : data.dropLast() + [units]))
    ]
  }
}

extension FullyConnected {
  /// MXNet `FullyConnected` (nn/fully_connected-inl.h).
  package static let mxnet: MXNetDialect<FullyConnected>? = MXNetDialect(
    names: ["FullyConnected", "_npx_fully_connected"],
    read: { attributes throws(OperatorError) in
      FullyConnected(
        units: try attributes.integer("num_hidden"),
        hasBias: !(try attributes.boolean("no_bias", default: false)),
        flattens: try attributes.boolean("flatten", default: true))
    },
    write: { layer throws(OperatorError) in
      var attributes: MXNetAttributes.Text = ["num_hidden": "\(layer.units)"]
      if !layer.hasBias { attributes["no_bias"] = "True" }
      if !layer.flattens { attributes["flatten"] = "False" }
      return ("FullyConnected", attributes)
    })
}
