extension Identity {
  /// ONNX `Identity` (1 to 25), sums, maxima and minima of one tensor, and reductions along no axes.
  package static let onnx: ONNXDialect<Identity>? = ONNXDialect(
    names: [ONNXName("Identity")] + ["Sum", "Max", "Min"].map { ONNXName($0, since: 6) }
      + [ONNXName("ReduceSum", since: 13)]
      + ["ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd"].map { ONNXName($0, since: 18) },
    read: { node throws(OperatorError) in
      if node.op.hasPrefix("Reduce") {
        node.ignore("keepdims")
        let axes = try node.axes(inputSince: 13) ?? []
        return try node.flag("noop_with_empty_axes", default: false) && axes.isEmpty ? Identity() : nil
      }
      guard node.op == "Identity" || node.inputs.count == 1 else { return nil }
      try node.requireInputs(1)
      return Identity()
    },
    write: { _, _ throws(OperatorError) in [ONNXSpelling("Identity", inputs: [.input(0)])] })
}
