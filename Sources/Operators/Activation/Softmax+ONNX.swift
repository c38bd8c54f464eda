extension Softmax {
  /// ONNX `Softmax`: one row from the axis on before operator set 13, along the axis since.
  package static let onnx: ONNXDialect<Softmax>? = ONNXDialect(
    names: [ONNXName("Softmax")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return node.version < 13
        ? Softmax(axis: try node.integer("axis", default: 1), span: .trailing)
        : Softmax(axis: try node.integer("axis", default: -1))
    },
    write: { softmax, site throws(OperatorError) in
      guard softmax.temperature == 1 else {
        throw .attribute("temperature", found: "\(softmax.temperature)", expected: "1, as in ONNX")
      }
      let isLast = softmax.axis == -1 || site.knownRank(0).map { softmax.axis == $0 - 1 } ?? false
      guard isLast || softmax.span == (site.opset < 13 ? .trailing : .axis) else {
        throw .attribute(
          "span", found: softmax.span.rawValue, expected: "what operator set \(site.opset) means")
      }
      return [ONNXSpelling("Softmax", [("axis", .integer(softmax.axis))], inputs: [.input(0)])]
    })
}
