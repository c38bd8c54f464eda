extension Concat {
  /// ONNX `Concat` (4, 11, 13).
  package static let onnx: ONNXDialect<Concat>? = ONNXDialect(
    names: [ONNXName("Concat", since: 4)],
    read: { node throws(OperatorError) in
      try node.requireInputs(max(node.inputs.count, 1))
      return Concat(count: node.inputs.count, axis: try node.integer("axis"))
    },
    write: { concat, _ throws(OperatorError) in
      [
        ONNXSpelling(
          "Concat", [("axis", .integer(concat.axis))], inputs: (0..<concat.count).map { .input($0) })
      ]
    })
}
