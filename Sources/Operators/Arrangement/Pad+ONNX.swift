internal import Bytes
internal import Tensors

extension Pad {
  /// ONNX `Pad`: pads and value as attributes before operator set 11, as inputs since, with axes since 18.
  package static let onnx: ONNXDialect<Pad>? = ONNXDialect(
    names: [ONNXName("Pad", since: 2)],
    read: { node throws(OperatorError) in
      let mode = try node.word(
        "mode", ["constant": Mode.constant, "edge": .edge, "reflect": .reflect, "wrap": .wrap],
        default: "constant")
      let (pads, value, axes) = try readInputs(&node)
      let count = axes?.count ?? pads.count / 2
      guard pads.count == 2 * count, count <= Limits.dimensions else {
        throw .attribute("pads", found: "\(pads)", expected: "a begin for each axis, then an end for each")
      }
      let filler = mode == .constant ? value : 0
      guard let axes else {
        return Pad(mode, padBegin: Array(pads[..<count]), padEnd: Array(pads[count...]), value: filler)
      }
      let rank = try node.rank(0)
      var (begin, end) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
      for (index, axis) in axes.enumerated() {
        let axis = try resolveAxis(axis, rank: rank, attribute: "axes")
        (begin[axis], end[axis]) = (pads[index], pads[count + index])
      }
      return Pad(mode, padBegin: begin, padEnd: end, value: filler)
    },
    write: { pad, site throws(OperatorError) in
      let pads = pad.padBegin + pad.padEnd
      if pad.mode == .wrap { try site.requireOpset(19, "Pad by wrapping") }
      var attributes = [(name: "mode", value: ONNXAttribute.text(pad.mode.rawValue))]
      guard site.opset >= 11 else {
        attributes += [("pads", .integers(pads)), ("value", .float(Float(pad.value)))]
        return [ONNXSpelling("Pad", attributes, inputs: [.input(0)])]
      }
      var inputs: [ONNXSpelling.Input] = [.input(0), .integers(pads)]
      if pad.mode == .constant {
        inputs.append(.constant(try ONNXSpelling.number(pad.value, of: site.elementType(0))))
      }
      return [ONNXSpelling("Pad", attributes, inputs: inputs)]
    })

  private static func readInputs(
    _ node: inout ONNXNode
  ) throws(OperatorError) -> (pads: [Int], value: Double, axes: [Int]?) {
    guard node.version >= 11 else {
      try node.requireInputs(1)
      return (try node.integers("pads"), Double(try node.float("value", default: 0)), nil)
    }
    try node.requireInputs(2, optional: 2)
    let pads = try node.integers(ofInput: 1) ?? []
    let value = try node.number(ofInput: 2) ?? 0
    let axes = try node.integers(ofInput: 3)
    node.take([0])
    return (pads, value, axes)
  }
}
