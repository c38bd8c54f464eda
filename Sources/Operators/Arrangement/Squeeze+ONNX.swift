extension Squeeze {
  /// ONNX `Squeeze`: the axes are an attribute before operator set 13, an optional input since; without them every
  /// axis of one element goes.
  package static let onnx: ONNXDialect<Squeeze>? = ONNXDialect(
    names: [ONNXName("Squeeze")],
    read: { node throws(OperatorError) in
      Squeeze(axes: try node.axes(inputSince: 13) ?? [], keepsOneDimension: false)
    })
}
