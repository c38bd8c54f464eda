package import Graphs
internal import OrderedCollections
package import Tensors

/// A tensor with two axes in each other's place.
package struct SwapAxes: Operator {
  package static let name = "SwapAxes"

  /// Negative from the end.
  package var first: Int
  package var second: Int

  package init(_ first: Int, _ second: Int) {
    self.first = first
    self.second = second
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard var output = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    output.swapAt(
      try resolveAxis(first, rank: output.count, attribute: "first"),
      try resolveAxis(second, rank: output.count, attribute: "second"))
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}

extension SwapAxes {
  /// MXNet `SwapAxis` (swapaxis-inl.h).
  package static let mxnet: MXNetDialect<SwapAxes>? = MXNetDialect(
    names: ["SwapAxis", "swapaxes"],
    read: { attributes throws(OperatorError) in
      SwapAxes(try attributes.integer("dim1", default: 0), try attributes.integer("dim2", default: 0))
    },
    write: { swap throws(OperatorError) in
      ("SwapAxis", ["dim1": "\(swap.first)", "dim2": "\(swap.second)"])
    })
}

extension SwapAxes {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let rank = site.input(0).shape.rank
    var axes = Array(0..<rank)
    axes.swapAt(try resolveAxis(first, rank: rank), try resolveAxis(second, rank: rank))
    return try .permuting(axes, at: site)
  }
}
