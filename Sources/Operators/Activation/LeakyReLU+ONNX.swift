internal import Graphs

extension LeakyReLU {
  /// ONNX `LeakyRelu` (6, 16), `PRelu` (7, 9, 16), `Elu` (6, 22), `Selu` (6, 22) with its paper's numbers, and `Gelu` (20)
  /// by the error function.
  package static let onnx: ONNXDialect<LeakyReLU>? = ONNXDialect(
    names: [
      ONNXName("LeakyRelu", since: 6), ONNXName("PRelu", since: 7), ONNXName("Elu", since: 6),
      ONNXName("Selu", since: 6), ONNXName("Gelu", since: 20),
    ],
    read: { node throws(OperatorError) in
      guard node.op != "PRelu" else { return try readPRelu(&node) }
      try node.requireInputs(1)
      switch node.op {
      case "LeakyRelu": return LeakyReLU(.leaky, slope: Double(try node.float("alpha", default: 0.01)))
      case "Elu": return LeakyReLU(.elu, slope: Double(try node.float("alpha", default: 1)))
      case "Gelu":
        return try node.word("approximate", ["none": true, "tanh": false], default: "none")
          ? LeakyReLU(.gelu) : nil
      default:
        let alpha = try node.float("alpha", default: seluAlpha)
        let gamma = try node.float("gamma", default: seluGamma)
        return alpha == seluAlpha && gamma == seluGamma ? LeakyReLU(.selu) : nil
      }
    })

  /// arXiv:1706.02515, equation 14.
  private static let seluAlpha: Float = 1.673_263_2
  private static let seluGamma: Float = 1.050_701

  /// A slope repeats to the data's shape, aligned at the last dimension.
  private static func readPRelu(_ node: inout ONNXNode) throws(OperatorError) -> LeakyReLU? {
    try node.requireInputs(2)
    let (data, slope) = (try node.rank(0), try node.rank(1))
    // A list lies along the last axis here, along the channels elsewhere: the same of matrices and single numbers.
    let isListOfMany = slope == 1 && data != 2 ? try node.dimension(0, of: 1) != 1 : false
    let isCommon = slope == 1 || slope == data || slope == data - 1
    return LeakyReLU(.prelu, gammaPlacement: isCommon && !isListOfMany ? .channels : .last)
  }
}
