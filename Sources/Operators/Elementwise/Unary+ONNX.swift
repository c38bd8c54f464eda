extension Unary {
  private static let functions: [String: Function] = [
    "Abs": .abs, "Neg": .negative, "Sign": .sign, "Reciprocal": .reciprocal, "Sqrt": .sqrt, "Exp": .exp,
    "Log": .log, "Sin": .sin, "Cos": .cos, "Tan": .tan, "Erf": .erf, "Floor": .floor, "Ceil": .ceil,
  ]

  /// ONNX has an operator for each function; not `Round`, whose halves go to the even neighbour.
  package static let onnx: ONNXDialect<Unary>? = ONNXDialect(
    names: functions.keys.sorted().map { ONNXName($0, since: ["Sign": 9, "Erf": 9][$0] ?? 6) },
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return functions[node.op].map(Unary.init)
    },
    write: { unary, _ throws(OperatorError) in
      let x = ONNXSpelling.Input.input(0)
      switch unary.function {
      case .square: return [ONNXSpelling("Mul", inputs: [x, x])]
      case .rsqrt:
        return [ONNXSpelling("Sqrt", inputs: [x]), ONNXSpelling("Reciprocal", inputs: [.node(0)])]
      case .trunc:
        return [
          ONNXSpelling("Abs", inputs: [x]), ONNXSpelling("Floor", inputs: [.node(0)]),
          ONNXSpelling("Sign", inputs: [x]), ONNXSpelling("Mul", inputs: [.node(2), .node(1)]),
        ]
      default:
        guard let name = functions.first(where: { $0.value == unary.function })?.key else {
          throw .attribute("function", found: unary.function.rawValue, expected: "one that ONNX has")
        }
        return [ONNXSpelling(name, inputs: [x])]
      }
    })
}
