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
    })
}
