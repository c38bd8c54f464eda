extension HardSigmoid {
  /// ONNX `HardSigmoid` (6, 22).
  package static let onnx: ONNXDialect<HardSigmoid>? = ONNXDialect(
    names: [ONNXName("HardSigmoid", since: 6)],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return HardSigmoid(
        alpha: Double(try node.float("alpha", default: 0.2)),
        beta: Double(try node.float("beta", default: 0.5)))
    },
    write: { activation, _ throws(OperatorError) in
      [
        ONNXSpelling(
          "HardSigmoid",
          [("alpha", .float(Float(activation.alpha))), ("beta", .float(Float(activation.beta)))],
          inputs: [.input(0)])
      ]
    })
}
