extension ROIPooling {
  /// ONNX `MaxRoiPool` (1, 22).
  package static let onnx: ONNXDialect<ROIPooling>? = ONNXDialect(
    names: [ONNXName("MaxRoiPool")],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      return ROIPooling(
        pooledSize: try node.integers("pooled_shape"),
        spatialScale: Double(try node.float("spatial_scale", default: 1)))
    },
    write: { pooling, _ throws(OperatorError) in
      guard pooling.rounding == .awayFromZero else {
        throw .attribute("rounding", found: pooling.rounding.rawValue, expected: "awayFromZero")
      }
      return [
        ONNXSpelling(
          "MaxRoiPool",
          [
            ("pooled_shape", .integers(pooling.pooledSize)),
            ("spatial_scale", .float(Float(pooling.spatialScale))),
          ], inputs: [.input(0), .input(1)])
      ]
    })
}
