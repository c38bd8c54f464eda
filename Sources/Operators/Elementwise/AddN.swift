package import Graphs
internal import OrderedCollections

/// The sum of several tensors of one shape, added in order.
package struct AddN: Operator {
  package static let name = "AddN"

  /// How many inputs there are.
  package var count: Int

  package init(count: Int) { self.count = count }

  package var inputs: [InputName] { .numbered(count) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("count", count, in: inputCountRange)
    var known = PartialShape.unknown
    for index in 0..<count {
      if let dimensions = known.dimensions { try inputs.require(index, dimensions) }
      known = inputs.shape(index).rank == nil ? known : inputs.shape(index)
    }
    if let dimensions = known.dimensions {
      for index in 0..<count { try inputs.require(index, dimensions) }
    }
    return [ValueType(inputs.elementType(0), known)]
  }
}

extension AddN {
  /// MXNet `add_n` (tensor/elemwise_sum.cc); `ElementWiseSum` is its old name.
  package static let mxnet: MXNetDialect<AddN>? = MXNetDialect(
    names: ["add_n", "ElementWiseSum"],
    read: { attributes throws(OperatorError) in AddN(count: try attributes.integer("num_args")) },
    write: { sum throws(OperatorError) in ("add_n", ["num_args": "\(sum.count)"]) },
    inputNames: { sum in sum.inputs.indices.map { "arg\($0)" } })
}
