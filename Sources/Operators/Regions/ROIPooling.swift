package import Graphs
internal import OrderedCollections

/// The largest element of each bin of each region of a map (arXiv:1504.08083).
///
/// Inputs: data `[N, C, H, W]`, rois `[R, 5]` (batch index, x1, y1, x2, y2); output `[R, C, Ph, Pw]`.
/// Corners are rounded after scaling; a region spans x2 − x1 + 1 columns and at least one; bin i covers
/// ⌊i·span/P⌋ to ⌈(i + 1)·span/P⌉, clipped to the map. An empty bin, and a batch index that is none, give 0
/// (mxnet roi_pooling.cc).
package struct ROIPooling: Operator {
  package static let name = "ROIPooling"

  /// Bins, `[Ph, Pw]`.
  package var pooledSize: [Int]
  /// Map elements for each pixel of the network's input.
  package var spatialScale: Double
  package var rounding: RegionRounding

  package init(pooledSize: [Int], spatialScale: Double, rounding: RegionRounding = .awayFromZero) {
    self.pooledSize = pooledSize
    self.spatialScale = spatialScale
    self.rounding = rounding
  }

  package var inputs: [InputName] { [InputName("data"), InputName("rois")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("spatialScale", spatialScale, atLeast: 0)
    let data = try inputs.require(0, rank: 4)
    return [try inferRegions(&inputs, rois: 1, channels: data[1], pooledSize: pooledSize)]
  }
}

extension ROIPooling {
  /// MXNet `ROIPooling` (roi_pooling-inl.h), whose second output is hidden.
  package static let mxnet: MXNetDialect<ROIPooling>? = MXNetDialect(
    names: ["ROIPooling", "_npx_roi_pooling"],
    read: { attributes throws(OperatorError) in
      ROIPooling(
        pooledSize: try attributes.tuple("pooled_size"),
        spatialScale: Double(try attributes.float("spatial_scale")))
    },
    write: { pooling throws(OperatorError) in
      try pooling.rounding.requireMXNet()
      return (
        "ROIPooling",
        [
          "pooled_size": MXNetAttributes.Text.tuple(pooling.pooledSize),
          "spatial_scale": MXNetAttributes.Text.number(pooling.spatialScale),
        ]
      )
    },
    hiddenOutputs: { _ in 1 })
}

extension RegionRounding {
  /// - Throws: `OperatorError` where MXNet does not round so.
  func requireMXNet() throws(OperatorError) {
    guard self == .awayFromZero else {
      throw .attribute("rounding", found: rawValue, expected: "awayFromZero, as MXNet rounds")
    }
  }
}
