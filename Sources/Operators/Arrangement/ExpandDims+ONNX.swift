extension ExpandDims {
  /// ONNX `Unsqueeze`: the axes are an attribute before operator set 13, an input since.
  package static let onnx: ONNXDialect<ExpandDims>? = ONNXDialect(
    names: [ONNXName("Unsqueeze")],
    read: { node throws(OperatorError) in
      let axes = try node.axes(inputSince: 13) ?? []
      return ExpandDims(axes: axes)
    },
    write: { expand, site throws(OperatorError) in
      [site.withAxes("Unsqueeze", expand.axes, inputSince: 13)]
    })
}
