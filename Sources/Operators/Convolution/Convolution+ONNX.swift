extension Convolution {
  /// ONNX `Conv` (Conv-1, 11, 22): the filters' count is the weight's first dimension.
  package static let onnx: ONNXDialect<Convolution>? = ONNXDialect(
    names: [ONNXName("Conv")],
    read: { node throws(OperatorError) in
      try node.requireInputs(2, optional: 1)
      let groups = try node.integer("group", default: 1)
      return Convolution(
        geometry: try node.geometry(weight: 1), groups: groups, filters: try node.dimension(0, of: 1),
        hasBias: node.hasInput(2))
    },
    write: { convolution, _ throws(OperatorError) in
      [
        ONNXSpelling(
          "Conv", convolution.geometry.onnxAttributes + [("group", .integer(convolution.groups))],
          inputs: [.input(0), .input(1)] + (convolution.hasBias ? [.input(2)] : []))
      ]
    })
}
