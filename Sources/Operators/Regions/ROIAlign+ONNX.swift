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
    },
    write: { align, site throws(OperatorError) in
      try site.requireOpset(align.coordinates == .halfPixel ? 16 : 10, "RoiAlign of \(align.coordinates)")
      guard align.hasBatchIndices, !align.isPositionSensitive, align.function != .maximum else {
        throw .attribute(
          "hasBatchIndices", found: "\(align.hasBatchIndices), function \(align.function.rawValue)",
          expected: "an input of images' numbers, and a function that RoiAlign has")
      }
      var attributes: [(name: String, value: ONNXAttribute)] = [
        ("output_height", .integer(align.pooledSize[0])), ("output_width", .integer(align.pooledSize[1])),
        ("spatial_scale", .float(Float(align.spatialScale))),
        ("sampling_ratio", .integer(align.samplingRatio)),
        ("mode", .text(align.function == .average ? "avg" : "max")),
      ]
      if site.opset >= 16 {
        attributes.append(
          (
            "coordinate_transformation_mode",
            .text(align.coordinates == .halfPixel ? "half_pixel" : "output_half_pixel")
          ))
      }
      return [ONNXSpelling("RoiAlign", attributes, inputs: [.input(0), .input(1), .input(2)])]
    })
}
