package import Graphs
internal import OrderedCollections

/// The mean of each bin of each region, every bin from channels of its own (arXiv:1605.06409).
///
/// Inputs: data `[N, outputDim·G·G, H, W]`, rois `[R, 5]` (batch index, x1, y1, x2, y2); output
/// `[R, outputDim, P, P]`. Corners are rounded before scaling, x2 and y2 plus one; a region is at least 0.1 wide;
/// bin i covers ⌊i·bin + start⌋ to ⌈(i + 1)·bin + start⌉, clipped to the map, and gives 0 where empty.
/// Bin (ph, pw) of output channel c reads channel (c·G + ⌊ph·G/P⌋)·G + ⌊pw·G/P⌋ (mxnet contrib/psroi_pooling.cc).
package struct PSROIPooling: Operator {
  package static let name = "PSROIPooling"

  /// Map elements for each pixel of the network's input.
  package var spatialScale: Double
  /// Channels of the output.
  package var outputDim: Int
  /// P: bins along a side.
  package var pooledSize: Int
  /// G: groups of channels along a side.
  package var groupSize: Int
  package var rounding: RegionRounding

  package init(
    spatialScale: Double, outputDim: Int, pooledSize: Int, groupSize: Int,
    rounding: RegionRounding = .awayFromZero
  ) {
    self.spatialScale = spatialScale
    self.outputDim = outputDim
    self.pooledSize = pooledSize
    self.groupSize = groupSize
    self.rounding = rounding
  }

  package var inputs: [InputName] { [InputName("data"), InputName("rois")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("spatialScale", spatialScale, atLeast: 0)
    try requirePositionSensitiveData(&inputs, outputDim: outputDim, groupSize: groupSize)
    return [
      try inferRegions(&inputs, rois: 1, channels: outputDim, pooledSize: [pooledSize, pooledSize])
    ]
  }
}

/// Checks that the data has a channel for every output channel and group.
///
/// - Throws: `OperatorError` where it has other channels.
func requirePositionSensitiveData(
  _ inputs: inout InferredInputs, outputDim: Int, groupSize: Int
) throws(OperatorError) {
  try requireAttribute("outputDim", outputDim, in: countRange)
  try requireAttribute("groupSize", groupSize, in: 1...(1 << 15))
  try inputs.require(0, [nil, outputDim * groupSize * groupSize, nil, nil])
}

extension PSROIPooling {
  /// MXNet `_contrib_PSROIPooling` (contrib/psroi_pooling-inl.h), where a group size of 0 means the pooled size.
  package static let mxnet: MXNetDialect<PSROIPooling>? = MXNetDialect(
    names: ["_contrib_PSROIPooling"],
    read: { attributes throws(OperatorError) in
      let pooledSize = try attributes.integer("pooled_size")
      let groupSize = try attributes.integer("group_size", default: 0)
      return PSROIPooling(
        spatialScale: Double(try attributes.float("spatial_scale")),
        outputDim: try attributes.integer("output_dim"), pooledSize: pooledSize,
        groupSize: groupSize == 0 ? pooledSize : groupSize)
    },
    write: { pooling throws(OperatorError) in
      try pooling.rounding.requireMXNet()
      return (
        "_contrib_PSROIPooling",
        [
          "spatial_scale": MXNetAttributes.Text.number(pooling.spatialScale),
          "output_dim": "\(pooling.outputDim)", "pooled_size": "\(pooling.pooledSize)",
          "group_size": "\(pooling.groupSize)",
        ]
      )
    })
}
