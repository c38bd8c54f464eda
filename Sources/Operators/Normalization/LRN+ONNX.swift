extension LRN {
  /// ONNX `LRN` (1, 13).
  package static let onnx: ONNXDialect<LRN>? = ONNXDialect(
    names: [ONNXName("LRN")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      let size = try node.integer("size")
      let alpha = try node.float("alpha", default: 0.0001)
      let beta = try node.float("beta", default: 0.75)
      let bias = try node.float("bias", default: 1)
      return size % 2 == 1
        ? LRN(size: size, alpha: Double(alpha), beta: Double(beta), bias: Double(bias)) : nil
    },
    write: { norm, _ throws(OperatorError) in
      [
        ONNXSpelling(
          "LRN",
          [
            ("size", .integer(norm.size)), ("alpha", .float(Float(norm.alpha))),
            ("beta", .float(Float(norm.beta))), ("bias", .float(Float(norm.bias))),
          ], inputs: [.input(0)])
      ]
    })
}
