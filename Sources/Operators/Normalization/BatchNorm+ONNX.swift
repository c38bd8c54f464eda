extension BatchNorm {
  /// ONNX `BatchNormalization` (7, 9, 14, 15) at inference.
  package static let onnx: ONNXDialect<BatchNorm>? = ONNXDialect(
    names: [ONNXName("BatchNormalization", since: 7)],
    read: { node throws(OperatorError) in
      try node.requireInputs(5)
      node.ignore("momentum")
      // Before 9, statistics could be per element instead of per channel.
      if node.version < 9, try !node.flag("spatial", default: true) { return nil }
      if node.version >= 14, try node.flag("training_mode", default: false) { return nil }
      guard node.outputCount == 1 else { return nil }
      return BatchNorm(epsilon: Double(try node.float("epsilon", default: 1e-5)), fixGamma: false)
    },
    write: { norm, _ throws(OperatorError) in
      guard !norm.fixGamma, norm.axis == 1 else {
        throw .attribute(
          "fixGamma", found: "\(norm.fixGamma), axis \(norm.axis)",
          expected: "a gamma that counts, and axis 1")
      }
      return [
        ONNXSpelling(
          "BatchNormalization", [("epsilon", .float(Float(norm.epsilon)))],
          inputs: (0..<5).map { .input($0) })
      ]
    })
}
