internal import OrderedCollections

extension ROIAlign {
  /// MXNet `_contrib_ROIAlign` (contrib/roi_align-inl.h).
  package static let mxnet: MXNetDialect<ROIAlign>? = MXNetDialect(
    names: ["_contrib_ROIAlign"],
    read: { attributes throws(OperatorError) in
      ROIAlign(
        pooledSize: try attributes.tuple("pooled_size"),
        spatialScale: Double(try attributes.float("spatial_scale")),
        samplingRatio: max(try attributes.integer("sample_ratio", default: -1), 0),
        coordinates: try attributes.boolean("aligned", default: false) ? .halfPixel : .corner,
        isPositionSensitive: try attributes.boolean("position_sensitive", default: false))
    },
    write: { align throws(OperatorError) in
      guard !align.hasBatchIndices else {
        throw .attribute(
          "hasBatchIndices", found: "true", expected: "false, as MXNet has them in the regions")
      }
      guard align.function == .average else {
        throw .attribute("function", found: align.function.rawValue, expected: "average, as MXNet pools")
      }
      return (
        "_contrib_ROIAlign",
        [
          "pooled_size": MXNetAttributes.Text.tuple(align.pooledSize),
          "spatial_scale": MXNetAttributes.Text.number(align.spatialScale),
          "sample_ratio": align.samplingRatio == 0 ? "-1" : "\(align.samplingRatio)",
          "aligned": MXNetAttributes.Text.boolean(align.coordinates == .halfPixel),
          "position_sensitive": MXNetAttributes.Text.boolean(align.isPositionSensitive),
        ]
      )
    })
}
