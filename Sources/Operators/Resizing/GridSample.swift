package import Graphs

/// A map sampled at positions that another tensor gives (arXiv:1506.02025).
///
/// Inputs: data `[N, C, H, W]` and grid `[N, Ho, Wo, 2]`, x before y, −1 and 1 the borders; output `[N, C, Ho, Wo]`. One
/// and three spatial dimensions work alike (ONNX GridSample-20). Positions are made in fp32, in the order that ONNX
/// Runtime has (grid_sample.cc); where one is no number the sample is 0.
package struct GridSample: Operator {
  package static let name = "GridSample"

  package enum Method: String, Codable, Sendable {
    /// Halves go to the even neighbour.
    case nearest
    /// From two neighbours along each axis.
    case linear
    /// From four neighbours along each axis, by the cubic of −0.75.
    case cubic
  }

  /// What stands beyond the map.
  package enum Padding: String, Codable, Sendable {
    case zeros
    /// The outermost element.
    case border
    /// The map, mirrored at its borders.
    case reflection
  }

  package var method: Method
  package var padding: Padding
  /// Whether −1 and 1 are the centres of the outermost elements; else their outer edges.
  package var alignsCorners: Bool

  package init(_ method: Method, padding: Padding, alignsCorners: Bool) {
    self.method = method
    self.padding = padding
    self.alignsCorners = alignsCorners
  }

  package var inputs: [InputName] { [InputName("data"), InputName("grid")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let rank = inputs.shape(0).rank ?? inputs.shape(1).rank else {
      return [ValueType(inputs.elementType(0), .unknown)]
    }
    guard (3...5).contains(rank) else {
      throw .input("data", found: "\(rank) dimensions", expected: "3 to 5: [N, C, …]")
    }
    let data = try inputs.require(0, rank: rank)
    let grid = try inputs.require(1, rank: rank)
    try inputs.require(1, [data[0]] + grid[1..<rank - 1] + [rank - 2])
    return [
      ValueType(
        inputs.elementType(0),
        PartialShape([data[0] ?? inputs.shape(1)[0], data[1]] + Array(grid[1..<rank - 1])))
    ]
  }
}

extension GridSample {
  package static var mxnet: MXNetDialect<GridSample>? { nil }

  /// ONNX `GridSample` (16, 20, 22), whose modes were called `bilinear` and `bicubic` at first.
  package static let onnx: ONNXDialect<GridSample>? = ONNXDialect(
    names: [ONNXName("GridSample", since: 16)],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      let words: KeyValuePairs<String, Method> =
        node.version < 20
        ? ["bilinear": .linear, "nearest": .nearest, "bicubic": .cubic]
        : ["linear": .linear, "nearest": .nearest, "cubic": .cubic]
      return GridSample(
        try node.word("mode", words, default: words[0].key),
        padding: try node.word(
          "padding_mode", ["zeros": .zeros, "border": .border, "reflection": .reflection], default: "zeros"),
        alignsCorners: try node.flag("align_corners", default: false))
    },
    write: { sample, site throws(OperatorError) in
      try site.requireOpset(16, "GridSample")
      let old: [Method: String] = [.linear: "bilinear", .nearest: "nearest", .cubic: "bicubic"]
      let mode = site.opset < 20 ? old[sample.method] ?? "" : sample.method.rawValue
      return [
        ONNXSpelling(
          "GridSample",
          [
            ("mode", .text(mode)), ("padding_mode", .text(sample.padding.rawValue)),
            ("align_corners", .integer(sample.alignsCorners ? 1 : 0)),
          ], inputs: [.input(0), .input(1)])
      ]
    })
}
