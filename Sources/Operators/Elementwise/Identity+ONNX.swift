extension Identity {
  /// ONNX `Identity` (1 to 25), and sums, maxima and minima of one tensor.
  package static let onnx: ONNXDialect<Identity>? = ONNXDialect(
    names: [ONNXName("Identity")] + ["Sum", "Max", "Min"].map { ONNXName($0, since: 6) },
    read: { node throws(OperatorError) in
      guard node.op == "Identity" || node.inputs.count == 1 else { return nil }
      try node.requireInputs(1)
      return Identity()
    })
}
