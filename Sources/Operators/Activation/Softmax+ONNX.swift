extension Softmax {
  /// ONNX `Softmax`: one row from the axis on before operator set 13, along the axis since.
  package static let onnx: ONNXDialect<Softmax>? = ONNXDialect(
    names: [ONNXName("Softmax")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return node.version < 13
        ? Softmax(axis: try node.integer("axis", default: 1), span: .trailing)
        : Softmax(axis: try node.integer("axis", default: -1))
    })
}
