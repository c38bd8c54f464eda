extension Squeeze {
  /// ONNX `Squeeze`: the axes are an attribute before operator set 13, an optional input since; without them every
  /// axis of one element goes.
  package static let onnx: ONNXDialect<Squeeze>? = ONNXDialect(
    names: [ONNXName("Squeeze")],
    read: { node throws(OperatorError) in
      Squeeze(axes: try node.axes(inputSince: 13) ?? [], keepsOneDimension: false)
    },
    write: { squeeze, site throws(OperatorError) in
      if squeeze.keepsOneDimension {
        guard let rank = site.knownRank(0), !squeeze.axes.isEmpty, squeeze.axes.count < rank else {
          throw .attribute("keepsOneDimension", found: "true", expected: "axes that leave one")
        }
      }
      return [site.withAxes("Squeeze", squeeze.axes, inputSince: 13)]
    })
}
