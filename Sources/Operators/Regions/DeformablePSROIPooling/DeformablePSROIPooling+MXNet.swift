internal import OrderedCollections

extension DeformablePSROIPooling {
  /// MXNet `_contrib_DeformablePSROIPooling` (contrib/deformable_psroi_pooling-inl.h), where a part size of 0
  /// means the pooled size; its second output is hidden.
  package static let mxnet: MXNetDialect<DeformablePSROIPooling>? = MXNetDialect(
    names: ["_contrib_DeformablePSROIPooling"],
    read: { attributes throws(OperatorError) in
      let pooledSize = try attributes.integer("pooled_size")
      let partSize = try attributes.integer("part_size", default: 0)
      return DeformablePSROIPooling(
        spatialScale: Double(try attributes.float("spatial_scale")),
        outputDim: try attributes.integer("output_dim"), groupSize: try attributes.integer("group_size"),
        pooledSize: pooledSize, partSize: partSize == 0 ? pooledSize : partSize,
        samplesPerPart: try attributes.integer("sample_per_part", default: 1),
        transStd: Double(try attributes.float("trans_std", default: 0)),
        hasTrans: !(try attributes.boolean("no_trans", default: false)))
    },
    write: { pooling throws(OperatorError) in
      try pooling.rounding.requireMXNet()
      guard pooling.transOrder == .xy else {
        throw .attribute("transOrder", found: "yx", expected: "xy, MXNet's order")
      }
      return (
        "_contrib_DeformablePSROIPooling",
        [
          "spatial_scale": MXNetAttributes.Text.number(pooling.spatialScale),
          "output_dim": "\(pooling.outputDim)", "group_size": "\(pooling.groupSize)",
          "pooled_size": "\(pooling.pooledSize)", "part_size": "\(pooling.partSize)",
          "sample_per_part": "\(pooling.samplesPerPart)",
          "trans_std": MXNetAttributes.Text.number(pooling.transStd),
          "no_trans": MXNetAttributes.Text.boolean(!pooling.hasTrans),
        ]
      )
    },
    hiddenOutputs: { _ in 1 })
}
