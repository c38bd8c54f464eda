extension Split {
  /// ONNX `Split`: sizes as an attribute before operator set 13, as an optional input since; without them the parts are
  /// equal, but for a last one that operator set 18 lets be smaller.
  package static let onnx: ONNXDialect<Split>? = ONNXDialect(
    names: [ONNXName("Split", since: 2)],
    read: { node throws(OperatorError) in
      let axis = try node.integer("axis", default: 0)
      let given = try readSizes(&node)
      if let given, node.version >= 18, try node.optionalInteger("num_outputs") != nil {
        throw .attribute("num_outputs", found: "a number beside sizes \(given)", expected: "one of the two")
      }
      let count =
        node.version >= 18 && given == nil
        ? try node.integer("num_outputs", default: node.outputCount) : given?.count ?? node.outputCount
      try requireAttribute("num_outputs", count, in: inputCountRange)
      // Parts behind the last that is used are cut off all the same.
      guard node.outputCount <= count else {
        throw OperatorError("outputs", found: "\(node.outputCount)", expected: "at most \(count) parts")
      }
      if let given { return Split(count: count, axis: axis, sizes: given) }
      guard node.version >= 18 else { return Split(count: count, axis: axis) }
      let whole = try node.dimension(try resolveAxis(axis, rank: try node.rank(0)), of: 0)
      guard whole % count != 0 else { return Split(count: count, axis: axis) }
      let part = (whole + count - 1) / count
      return Split(
        count: count, axis: axis, sizes: (0..<count).map { max(0, min(part, whole - $0 * part)) })
    },
    write: { split, site throws(OperatorError) in
      guard !split.squeezesAxis else {
        throw .attribute("squeezesAxis", found: "true", expected: "parts that keep the axis")
      }
      var attributes = [(name: "axis", value: ONNXAttribute.integer(split.axis))]
      guard !split.sizes.isEmpty else {
        if site.opset >= 18 { attributes.append(("num_outputs", .integer(split.count))) }
        return [ONNXSpelling("Split", attributes, inputs: [.input(0)])]
      }
      guard site.opset < 13 else {
        return [ONNXSpelling("Split", attributes, inputs: [.input(0), .integers(split.sizes)])]
      }
      attributes.append(("split", .integers(split.sizes)))
      return [ONNXSpelling("Split", attributes, inputs: [.input(0)])]
    })

  private static func readSizes(_ node: inout ONNXNode) throws(OperatorError) -> [Int]? {
    guard node.version >= 13 else {
      try node.requireInputs(1)
      return try node.optionalIntegers("split")
    }
    try node.requireInputs(1, optional: 1)
    let sizes = try node.integers(ofInput: 1)
    node.take([0])
    return sizes
  }
}
