extension Concat {
  /// ONNX `Concat` (4, 11, 13).
  package static let onnx: ONNXDialect<Concat>? = ONNXDialect(
    names: [ONNXName("Concat", since: 4)],
    read: { node throws(OperatorError) in
      try node.requireInputs(max(node.inputs.count, 1))
      return Concat(count: node.inputs.count, axis: try node.integer("axis"))
    })
}
