package import Graphs
internal import OrderedCollections
package import Tensors

/// A tensor without axes of one element.
package struct Squeeze: Operator {
  package static let name = "Squeeze"

  /// The axes that go; negative from the end; empty for all of one element.
  package var axes: [Int]
  /// Whether, where all go, one stays: MXNet has no tensors without dimensions.
  package var keepsOneDimension: Bool

  package init(axes: [Int], keepsOneDimension: Bool) {
    self.axes = axes
    self.keepsOneDimension = keepsOneDimension
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let data = inputs.shape(0).dimensions, !axes.isEmpty || !data.contains(nil) else {
      return [ValueType(inputs.elementType(0), .unknown)]
    }
    var gone = Set(axes.isEmpty ? data.indices.filter { data[$0] == 1 } : [])
    for axis in axes {
      let axis = try resolveAxis(axis, rank: data.count, attribute: "axes")
      guard (data[axis] ?? 1) == 1, gone.insert(axis).inserted else {
        throw .attribute(
          "axes", found: "\(axes) of \(PartialShape(data))", expected: "axes of one element, each once")
      }
    }
    let output = data.indices.filter { !gone.contains($0) }.map { data[$0] }
    return [
      ValueType(inputs.elementType(0), PartialShape(output.isEmpty && keepsOneDimension ? [1] : output))
    ]
  }
}

extension Squeeze {
  /// MXNet `squeeze` (tensor/matrix_op-inl.h).
  package static let mxnet: MXNetDialect<Squeeze>? = MXNetDialect(
    names: ["squeeze"],
    read: { attributes throws(OperatorError) in
      if [nil, "None"].contains(attributes.raw("axis")) { return Squeeze(axes: [], keepsOneDimension: true) }
      let axes = try attributes.tuple("axis")
      guard !axes.isEmpty else {
        throw .attribute("axis", found: "'()'", expected: "axes, or None for all of one element")
      }
      return Squeeze(axes: axes, keepsOneDimension: true)
    },
    write: { squeeze throws(OperatorError) in
      guard squeeze.keepsOneDimension else {
        throw .attribute("keepsOneDimension", found: "false", expected: "true: MXNet has no scalars")
      }
      return ("squeeze", squeeze.axes.isEmpty ? [:] : ["axis": MXNetAttributes.Text.tuple(squeeze.axes)])
    })
}

extension Squeeze {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> { .alias() }
}
