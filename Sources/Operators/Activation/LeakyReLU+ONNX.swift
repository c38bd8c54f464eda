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
    },
    write: { activation, site throws(OperatorError) in try activation.written(at: site) })

  private func written(at site: ONNXSite) throws(OperatorError) -> [ONNXSpelling] {
    let alpha = [(name: "alpha", value: ONNXAttribute.float(Float(slope)))]
    switch function {
    case .leaky: return [ONNXSpelling("LeakyRelu", alpha, inputs: [.input(0)])]
    case .elu: return [ONNXSpelling("Elu", alpha, inputs: [.input(0)])]
    case .selu: return [ONNXSpelling("Selu", inputs: [.input(0)])]
    case .gelu:
      try site.requireOpset(20, "Gelu")
      return [ONNXSpelling("Gelu", inputs: [.input(0)])]
    case .prelu:
      let isAligned = gammaPlacement == .last || site.inputs[1]?.shape == PartialShape([1])
      let (data, gamma) = isAligned ? (0, 0) : (try site.rank(0), try site.rank(1))
      guard gamma == 1, data > 2 else { return [ONNXSpelling("PRelu", inputs: [.input(0), .input(1)])] }
      // One number for each channel, aligned at the last axis.
      return [
        site.reshape(.input(1), to: [-1] + Array(repeating: 1, count: data - 2)),
        ONNXSpelling("PRelu", inputs: [.input(0), .node(0)]),
      ]
    }
  }

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
