internal import Graphs

/// How a region's corner becomes a whole number.
package enum RegionRounding: String, Codable, Sendable {
  /// Halves away from zero, C's `round`: MXNet, torchvision, ONNX Runtime, OpenVINO.
  case awayFromZero
  /// Halves to the even neighbour, as `rint` and numpy do.
  case toEven
  /// The next whole number below, as programs do that cut the fraction off.
  case down
  /// As it is.
  case unrounded
}

/// The shape rule that all pooling of regions shares: rois `[R, 5]` of batch index, x1, y1, x2, y2 in pixels of
/// the network's input; output `[R, channels, height, width]`.
///
/// - Throws: `OperatorError` where an input has another rank, or the pooled size is none.
func inferRegions(
  _ inputs: inout InferredInputs, rois: Int, channels: Int?, pooledSize: [Int]
) throws(OperatorError) -> ValueType {
  try requireAttribute("pooledSize", pooledSize, count: 2, in: 1...(1 << 20))
  let regions = try inputs.require(rois, rank: 2)
  try inputs.require(rois, [nil, 5])
  return ValueType(
    inputs.elementType(0), PartialShape([regions[0], channels, pooledSize[0], pooledSize[1]]))
}
