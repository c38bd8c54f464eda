package import Graphs

/// The mean of bilinear samples in each bin of each region, without any rounding (arXiv:1703.06870).
///
/// Inputs: data `[N, C, H, W]`, rois `[R, 5]` (batch index, x1, y1, x2, y2). Output `[R, C, Ph, Pw]`, or `[R, C/(Ph·Pw), Ph, Pw]` where `isPositionSensitive`: bin (ph, pw) of channel c then
/// reads channel (c·Ph + ph)·Pw + pw. A sample beyond −1 or H is 0, one beyond 0 or H − 1 is moved there
/// (mxnet contrib/roi_align.cc, ONNX RoiAlign-16).
package struct ROIAlign: Operator {
  package static let name = "ROIAlign"

  /// How a bin's samples become one number.
  package enum Function: String, Codable, Sendable {
    case average
    /// The largest of the samples' four weighted neighbours (ONNX Runtime's `max`, onnxruntime#6921).
    case maximumOfWeighted
    /// The largest sample.
    case maximum
  }

  /// What a coordinate of x pixels is on the map.
  package enum Coordinates: String, Codable, Sendable {
    /// x·scale; a region is at least 1 wide (ONNX RoiAlign-10 and `output_half_pixel`).
    case corner
    /// x·scale − 0.5; a region is as wide as it is (`aligned`, ONNX `half_pixel`).
    case halfPixel
  }

  /// Bins, `[Ph, Pw]`.
  package var pooledSize: [Int]
  /// Map elements for each pixel of the network's input.
  package var spatialScale: Double
  /// Samples along each side of a bin; 0 for ⌈region/bins⌉.
  package var samplingRatio: Int
  package var coordinates: Coordinates
  package var function: Function
  package var isPositionSensitive: Bool
  /// Whether the regions' images are an input of their own, `[R]` of integers, and rois `[R, 4]`.
  package var hasBatchIndices: Bool

  package init(
    pooledSize: [Int], spatialScale: Double, samplingRatio: Int = 0, coordinates: Coordinates,
    function: Function = .average, isPositionSensitive: Bool = false, hasBatchIndices: Bool = false
  ) {
    self.pooledSize = pooledSize
    self.spatialScale = spatialScale
    self.samplingRatio = samplingRatio
    self.coordinates = coordinates
    self.function = function
    self.isPositionSensitive = isPositionSensitive
    self.hasBatchIndices = hasBatchIndices
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("rois")] + (hasBatchIndices ? [InputName("batchIndices")] : [])
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("spatialScale", spatialScale, atLeast: 0)
    try requireAttribute("samplingRatio", samplingRatio, in: 0...(1 << 15))
    try requireAttribute("pooledSize", pooledSize, count: 2, in: 1...(1 << 20))
    var channels = try inputs.require(0, rank: 4)[1]
    if isPositionSensitive, let whole = channels {
      let bins = pooledSize[0] * pooledSize[1]
      guard whole % bins == 0 else {
        throw .input("data", found: "\(whole) channels", expected: "a multiple of \(bins) bins")
      }
      channels = whole / bins
    }
    guard hasBatchIndices else {
      return [try inferRegions(&inputs, rois: 1, channels: channels, pooledSize: pooledSize)]
    }
    let rois = try inputs.require(1, rank: 2)
    let images = try inputs.require(2, rank: 1)
    try inputs.require(1, [images[0], 4])
    try inputs.require(2, [rois[0]])
    return [
      ValueType(
        inputs.elementType(0),
        PartialShape([rois[0] ?? images[0], channels, pooledSize[0], pooledSize[1]]))
    ]
  }
}
