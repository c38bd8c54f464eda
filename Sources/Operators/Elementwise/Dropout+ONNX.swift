internal import Tensors

extension Dropout {
  /// ONNX `Dropout` (7, 10, 12, 13, 22) at inference: rate and mode became inputs with operator set 12.
  package static let onnx: ONNXDialect<Dropout>? = ONNXDialect(
    names: [ONNXName("Dropout", since: 7)],
    read: { node throws(OperatorError) in
      let hasMask = node.outputCount > 1
      guard node.version >= 12 else {
        try node.requireInputs(1)
        let rate = Double(try node.float("ratio", default: 0.5))
        return Dropout(rate: rate, mask: !hasMask ? .none : node.version < 10 ? .zeros : .cleared)
      }
      try node.requireInputs(1, optional: 2)
      // Of random numbers, which a run without training does not draw.
      node.ignore("seed")
      let rate = try node.number(ofInput: 1) ?? 0.5
      // Training drops elements, unless none.
      if let training = try node.number(ofInput: 2), training != 0, rate != 0 { return nil }
      node.take([0])
      return Dropout(rate: rate, mask: hasMask ? .kept : .none)
    },
    write: { dropout, site throws(OperatorError) in
      let masks: [Dropout.Mask] =
        site.opset >= 12 ? [.none, .kept] : [.none, site.opset < 10 ? .zeros : .cleared]
      guard masks.contains(dropout.mask) else {
        throw .attribute("mask", found: dropout.mask.rawValue, expected: "one of \(masks.map(\.rawValue))")
      }
      guard site.opset >= 12 else {
        return [ONNXSpelling("Dropout", [("ratio", .float(Float(dropout.rate)))], inputs: [.input(0)])]
      }
      guard dropout.rate != 0.5 else { return [ONNXSpelling("Dropout", inputs: [.input(0)])] }
      let rate = try ONNXSpelling.number(dropout.rate, of: .float32)
      return [ONNXSpelling("Dropout", inputs: [.input(0), .constant(rate)])]
    })
}
