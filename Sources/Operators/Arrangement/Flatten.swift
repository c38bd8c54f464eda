package import Graphs
internal import OrderedCollections
package import Tensors

/// The same elements in the same memory order as a matrix.
///
/// Input: data; output `[rows, columns]`: the products of the dimensions before `axis` and from it on.
package struct Flatten: Operator {
  package static let name = "Flatten"

  /// The first axis of the columns; negative from the end, and the rank itself for one column.
  package var axis: Int

  package init(axis: Int = 1) { self.axis = axis }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let data = inputs.shape(0).dimensions else {
      return [ValueType(inputs.elementType(0), PartialShape([nil, nil]))]
    }
    let axis = axis == data.count ? axis : try resolveAxis(axis, rank: data.count)
    let output = [
      try productOfDimensions(data[..<axis], of: "data"), try productOfDimensions(data[axis...], of: "data"),
    ]
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}

extension Flatten {
  /// MXNet `Flatten` (tensor/matrix_op-inl.h): one row for each of the first dimension.
  package static let mxnet: MXNetDialect<Flatten>? = MXNetDialect(
    names: ["Flatten", "flatten", "_npx_batch_flatten"],
    read: { _ throws(OperatorError) in Flatten() },
    write: { flatten throws(OperatorError) in
      guard flatten.axis == 1 else {
        throw .attribute("axis", found: "\(flatten.axis)", expected: "1, as MXNet flattens")
      }
      return ("Flatten", [:])
    })
}

extension Flatten {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> { .alias() }
}
