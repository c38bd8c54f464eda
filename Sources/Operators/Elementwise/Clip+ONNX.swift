extension Clip {
  /// ONNX `Clip`: bounds as attributes before operator set 11, as optional inputs since.
  ///
  /// Where they are the wrong way round every element becomes the upper one (Clip-13): min(max(x, low), high).
  package static let onnx: ONNXDialect<Clip>? = ONNXDialect(
    names: [ONNXName("Clip", since: 6)],
    read: { node throws(OperatorError) in
      guard node.version >= 11 else {
        try node.requireInputs(1)
        return between(
          Double(try node.float("min", default: -.greatestFiniteMagnitude)),
          Double(try node.float("max", default: .greatestFiniteMagnitude)))
      }
      try node.requireInputs(1, optional: 2)
      let minimum = try node.number(ofInput: 1) ?? -.infinity
      let maximum = try node.number(ofInput: 2) ?? .infinity
      node.take([0])
      return between(minimum, maximum)
    },
    write: { clip, site throws(OperatorError) in
      guard site.opset >= 11 else {
        return [
          ONNXSpelling(
            "Clip", [("min", .float(Float(clip.minimum))), ("max", .float(Float(clip.maximum)))],
            inputs: [.input(0)])
        ]
      }
      var inputs = [ONNXSpelling.Input.input(0)]
      for bound in [clip.minimum, clip.maximum] {
        inputs.append(
          bound.isInfinite
            ? .none : .constant(try ONNXSpelling.number(bound, of: site.elementType(0))))
      }
      return [ONNXSpelling("Clip", inputs: inputs)]
    })

  private static func between(_ low: Double, _ high: Double) -> Clip {
    Clip(minimum: low > high ? high : low, maximum: high)
  }
}
