extension ROIAlign {
  /// ONNX `RoiAlign`: half pixels by an attribute since operator set 16, never before.
  ///
  /// The largest of weighted neighbours is what ONNX Runtime computes for `max`; ONNX means the largest sample.
  package static let onnx: ONNXDialect<ROIAlign>? = ONNXDialect(
    names: [ONNXName("RoiAlign", since: 10)],
    read: { node throws(OperatorError) in
      try node.requireInputs(3)
      let coordinates =
        node.version < 16
        ? Coordinates.corner
        : try node.word(
          "coordinate_transformation_mode", ["half_pixel": .halfPixel, "output_half_pixel": .corner],
          default: "half_pixel")
      return ROIAlign(
        pooledSize: [
          try node.integer("output_height", default: 1), try node.integer("output_width", default: 1),
        ], spatialScale: Double(try node.float("spatial_scale", default: 1)),
        samplingRatio: try node.integer("sampling_ratio", default: 0), coordinates: coordinates,
        function: try node.word("mode", ["avg": .average, "max": .maximumOfWeighted], default: "avg"),
        hasBatchIndices: true)
    })
}
