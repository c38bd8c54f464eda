package import Graphs
internal import OrderedCollections

/// Pools each region from the level of a feature pyramid that fits its size (arXiv:1612.03144 eq. 1), plainly or
/// deformably.
///
/// Inputs: a map `[N, C, Hₗ, Wₗ]` for each level; where `isDeformable` for each level an offset weight
/// `[2·Ph·Pw, outputDim·Ph·Pw]` and bias `[2·Ph·Pw]`; rois `[R, 5]`. Output `[R, C, Ph, Pw]` in the regions' order.
/// The level is ⌊2 + log₂(√(w·h)/224)⌋ in fp32, w and h with the +1, clipped to the levels; its spatial scale is
/// 1/stride. Plain: `ROIPooling`. Deformable: `DeformablePSROIPooling` without trans (group 1, 4² samples), the
/// offsets a fully connected layer of that, then the same with those offsets and a trans std of 0.1
/// (Deformable-ConvNets fpn/operator_py/fpn_roi_pooling.py).
package struct PyramidROIPooling: Operator {
  package static let name = "PyramidROIPooling"

  /// Input pixels for each map element, by level.
  package var strides: [Int]
  /// Bins, `[Ph, Pw]`.
  package var pooledSize: [Int]
  package var isDeformable: Bool
  /// Channels of the pooled maps.
  package var outputDim: Int

  package init(
    strides: [Int] = [4, 8, 16, 32], pooledSize: [Int] = [7, 7], isDeformable: Bool, outputDim: Int = 256
  ) {
    self.strides = strides
    self.pooledSize = pooledSize
    self.isDeformable = isDeformable
    self.outputDim = outputDim
  }

  package var inputs: [InputName] {
    guard levelCountRange.contains(strides.count) else { return [] }
    let levels = strides.indices
    let offsets = levels.flatMap {
      [InputName("offsetWeight\($0)", .parameter), InputName("offsetBias\($0)", .parameter)]
    }
    return levels.map { InputName("data\($0)") } + (isDeformable ? offsets : []) + [InputName("rois")]
  }

  /// The offset weight's place for a level; its bias is the next.
  package func offsetWeightIndex(level: Int) -> Int { strides.count + 2 * level }
  package var roisIndex: Int { strides.count * (isDeformable ? 3 : 1) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("strides", strides.count, in: levelCountRange)
    try requireAttribute("strides", strides, count: strides.count, in: countRange)
    try requireAttribute("outputDim", outputDim, in: countRange)
    // Before the product of both with the channels is formed.
    try requireAttribute("pooledSize", pooledSize, count: 2, in: 1...(1 << 12))
    if isDeformable, pooledSize[0] != pooledSize[1] {
      throw .attribute("pooledSize", found: "\(pooledSize)", expected: "a square where bins move")
    }
    var channels: Int? = isDeformable ? outputDim : nil
    for level in strides.indices {
      try inputs.require(level, [nil, channels, nil, nil])
      channels = inputs.shape(level)[1]
    }
    if isDeformable {
      let bins = pooledSize[0] * pooledSize[1]
      for level in strides.indices {
        let weight = offsetWeightIndex(level: level)
        try inputs.require(weight, [2 * bins, try productOfDimensions([bins, outputDim], of: "data0")])
        try inputs.require(weight + 1, [2 * bins])
      }
    }
    return [try inferRegions(&inputs, rois: roisIndex, channels: channels, pooledSize: pooledSize)]
  }
}

extension PyramidROIPooling {
  /// The Python operator `fpn_roi_pooling` of the released FPN graphs.
  package static let mxnet: MXNetDialect<PyramidROIPooling>? = MXNetDialect(
    names: ["Custom:fpn_roi_pooling"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("op_type")
      return PyramidROIPooling(
        strides: try attributes.tuple("feat_strides", default: [4, 8, 16, 32]),
        pooledSize: [
          try attributes.integer("pooled_height", default: 7),
          try attributes.integer("pooled_width", default: 7),
        ],
        // Any other text is no there, too.
        isDeformable: attributes.raw("with_deformable") == "True",
        outputDim: try attributes.integer("output_dim", default: 256))
    },
    write: { pooling throws(OperatorError) in
      try requireAttribute("pooledSize", pooling.pooledSize, count: 2, in: countRange)
      return (
        "Custom",
        [
          "op_type": "fpn_roi_pooling", "feat_strides": MXNetAttributes.Text.tuple(pooling.strides),
          "pooled_height": "\(pooling.pooledSize[0])", "pooled_width": "\(pooling.pooledSize[1])",
          "with_deformable": MXNetAttributes.Text.boolean(pooling.isDeformable),
          "output_dim": "\(pooling.outputDim)",
        ]
      )
    },
    inputNames: { pooling in
      guard levelCountRange.contains(pooling.strides.count) else { return [] }
      let levels = pooling.strides.indices.map { $0 + 2 }
      let offsets = levels.flatMap { ["offset_weight_p\($0)", "offset_bias_p\($0)"] }
      return levels.map { "data_p\($0)" } + (pooling.isDeformable ? offsets : []) + ["rois"]
    })
}
