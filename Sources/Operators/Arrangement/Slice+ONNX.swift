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
