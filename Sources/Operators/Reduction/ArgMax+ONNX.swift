internal import Tensors

extension ArgMax {
  /// ONNX `ArgMax` and `ArgMin` (1, 11, 12, 13) that choose the first of equal elements; the places are int64.
  package static let onnx: ONNXDialect<ArgMax>? = ONNXDialect(
    names: [ONNXName("ArgMax"), ONNXName("ArgMin")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      if node.version >= 12, try node.flag("select_last_index", default: false) { return nil }
      return ArgMax(
        node.op == "ArgMin" ? .min : .max, axis: try node.integer("axis", default: 0),
        keepsDimension: try node.flag("keepdims", default: true), keepsOneDimension: false,
        elementType: .int64)
    },
    write: { choice, site throws(OperatorError) in
      var nodes: [ONNXSpelling] = []
      var keeps = choice.keepsDimension
      if choice.axis == nil {
        guard !keeps else { throw .attribute("axis", found: "none", expected: "one that stays") }
        nodes.append(site.reshape(.input(0), to: [-1]))
        keeps = choice.keepsOneDimension
      } else if choice.keepsOneDimension, site.knownRank(0) == 1 {
        keeps = true
      }
      nodes.append(
        ONNXSpelling(
          choice.function == .max ? "ArgMax" : "ArgMin",
          [("axis", .integer(choice.axis ?? 0)), ("keepdims", .integer(keeps ? 1 : 0))],
          inputs: [nodes.isEmpty ? .input(0) : .node(0)]))
      let type = choice.elementType ?? site.elementType(0)
      guard type != .int64 else { return nodes }
      guard let number = type.onnx else {
        throw .attribute("elementType", found: type.rawValue, expected: "a type of ONNX")
      }
      nodes.append(ONNXSpelling("Cast", [("to", .integer(number))], inputs: [.node(nodes.count - 1)]))
      return nodes
    })
}
