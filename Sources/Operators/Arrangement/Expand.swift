package import Graphs
package import Tensors

/// The data repeated along dimensions of 1 and in front, until it has a shape at least.
///
/// Input: data; output: the common shape of data's and `shape` (ONNX Expand-13). What is 1 in `shape` keeps
/// data's dimension.
package struct Expand: Operator {
  package static let name = "Expand"

  package var shape: [Int]

  package init(_ shape: [Int]) { self.shape = shape }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    for size in shape { try requireAttribute("shape", size, in: 0...Int.max) }
    guard let data = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    let output = try broadcast(shape.map(Optional.some), data, input: "data")
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let output = site.output()
    var part = Assembly.Part(
      start: output.dimensions.map { _ in 0 }, counts: output.dimensions, first: 0, strides: [])
    part.strides = StridedView(repeating: site.input(0).shape, to: output.shape).strides
    return try .assembling(Assembly(output.dimensions, [part]), at: site)
  }
}

extension Expand: ExactlyEvaluated {
  package static var mxnet: MXNetDialect<Expand>? { nil }

  /// ONNX `Expand` (8, 13): the shape is an input.
  package static let onnx: ONNXDialect<Expand>? = ONNXDialect(
    names: [ONNXName("Expand", since: 8)],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      let shape = try node.integers(ofInput: 1) ?? []
      node.take([0])
      return Expand(shape)
    },
    write: { expand, _ throws(OperatorError) in
      [ONNXSpelling("Expand", inputs: [.input(0), .integers(expand.shape)])]
    })
}
