package import Graphs
internal import OrderedCollections
package import Tensors

/// A tensor with new axes of one element.
package struct ExpandDims: Operator {
  package static let name = "ExpandDims"

  /// Where the new axes stand in the output; negative from its end.
  package var axes: [Int]

  package init(axes: [Int]) { self.axes = axes }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("axes", axes.count, in: 1...32)
    guard let data = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    var new: Set<Int> = []
    for axis in axes { new.insert(try resolveAxis(axis, rank: data.count + axes.count, attribute: "axes")) }
    guard new.count == axes.count else {
      throw .attribute("axes", found: "\(axes)", expected: "each axis once")
    }
    var rest = data.makeIterator()
    let output = (0..<data.count + axes.count).map { new.contains($0) ? 1 : rest.next() ?? nil }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}

extension ExpandDims {
  /// MXNet `expand_dims` (tensor/matrix_op-inl.h).
  package static let mxnet: MXNetDialect<ExpandDims>? = MXNetDialect(
    names: ["expand_dims"],
    read: { attributes throws(OperatorError) in ExpandDims(axes: [try attributes.integer("axis")]) },
    write: { expand throws(OperatorError) in
      guard expand.axes.count == 1 else {
        throw .attribute("axes", found: "\(expand.axes)", expected: "one axis, as MXNet adds")
      }
      return ("expand_dims", ["axis": "\(expand.axes[0])"])
    })
}

extension ExpandDims {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> { .alias() }
}
