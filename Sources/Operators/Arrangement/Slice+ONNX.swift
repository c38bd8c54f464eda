internal import Bytes

extension Slice {
  /// ONNX `Slice`: attributes before operator set 10, inputs starts, ends, axes?, steps? since.
  package static let onnx: ONNXDialect<Slice>? = ONNXDialect(
    names: [ONNXName("Slice")],
    read: { node throws(OperatorError) in
      guard node.version >= 10 else {
        try node.requireInputs(1)
        let begin = try node.integers("starts")
        return try make(
          begin, try node.integers("ends"), axes: try node.optionalIntegers("axes"), step: nil)
      }
      try node.requireInputs(3, optional: 2)
      let begin = try node.integers(ofInput: 1) ?? []
      let slice = try make(
        begin, try node.integers(ofInput: 2) ?? [], axes: try node.integers(ofInput: 3),
        step: try node.integers(ofInput: 4))
      node.take([0])
      return slice
    },
    write: { slice, site throws(OperatorError) in
      guard site.opset < 10 else {
        var inputs: [ONNXSpelling.Input] = [.input(0), .integers(slice.begin), .integers(slice.end)]
        let isPlain = slice.step.allSatisfy { $0 == 1 }
        if !isPlain || slice.axes != Array(slice.axes.indices) { inputs.append(.integers(slice.axes)) }
        if !isPlain { inputs.append(.integers(slice.step)) }
        return [ONNXSpelling("Slice", inputs: inputs)]
      }
      guard slice.step.allSatisfy({ $0 == 1 }) else {
        throw .attribute("step", found: "\(slice.step)", expected: "1 before operator set 10")
      }
      return [
        ONNXSpelling(
          "Slice",
          [
            ("starts", .integers(slice.begin)), ("ends", .integers(slice.end)),
            ("axes", .integers(slice.axes)),
          ], inputs: [.input(0)])
      ]
    })

  private static func make(
    _ begin: [Int], _ end: [Int], axes: [Int]?, step: [Int]?
  ) throws(OperatorError) -> Slice {
    let axes = axes ?? Array(begin.indices)
    let step = step ?? begin.map { _ in 1 }
    guard end.count == begin.count, axes.count == begin.count, step.count == begin.count else {
      throw OperatorError(
        "starts, ends, axes, steps",
        found: "\(begin.count), \(end.count), \(axes.count) and \(step.count) numbers",
        expected: "as many of each")
    }
    return Slice(axes: axes, begin: begin, end: end, step: step)
  }
}
