extension Flatten {
  /// ONNX `Flatten` (1 to 25).
  package static let onnx: ONNXDialect<Flatten>? = ONNXDialect(
    names: [ONNXName("Flatten")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return Flatten(axis: try node.integer("axis", default: 1))
    },
    write: { flatten, _ throws(OperatorError) in
      [ONNXSpelling("Flatten", [("axis", .integer(flatten.axis))], inputs: [.input(0)])]
    })
}
