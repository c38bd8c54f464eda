package import Graphs

/// Position-sensitive pooling whose bins are moved by learned offsets (arXiv:1703.06211 eq. 5–6).
///
/// Inputs: data `[N, outputDim·G·G, H, W]`; rois `[R, 5]` (batch index, x1, y1, x2, y2); trans
/// `[R, 2·K, partSize, partSize]` where `hasTrans`, K runs of output channels, each x before y (`transOrder`) in
/// parts of the region's size. Output `[R, outputDim, P, P]`.
/// A region runs from round(x1)·scale − 0.5 to (round(x2) + 1)·scale − 0.5, at least 0.1; a bin is the mean of
/// `samplesPerPart`² bilinear samples, those outside [−0.5, W − 0.5] skipped, 0 where none is left. Groups as in
/// `PSROIPooling`; G = 1 and no trans is plain deformable RoI pooling (mxnet contrib/deformable_psroi_pooling.cc).
package struct DeformablePSROIPooling: Operator {
  package static let name = "DeformablePSROIPooling"

  /// Which of a part's two trans channels comes first.
  package enum TransOrder: String, Codable, Sendable {
    case xy
    case yx
  }

  /// Map elements for each pixel of the network's input.
  package var spatialScale: Double
  /// Channels of the output.
  package var outputDim: Int
  /// G: groups of channels along a side.
  package var groupSize: Int
  /// P: bins along a side.
  package var pooledSize: Int
  /// Parts of a region along a side, each with an offset of its own.
  package var partSize: Int
  /// Samples along each side of a bin.
  package var samplesPerPart: Int
  /// γ: what an offset of 1 moves, in regions.
  package var transStd: Double
  package var hasTrans: Bool
  package var transOrder: TransOrder
  package var rounding: RegionRounding

  package init(
    spatialScale: Double, outputDim: Int, groupSize: Int, pooledSize: Int, partSize: Int? = nil,
    samplesPerPart: Int = 1, transStd: Double = 0, hasTrans: Bool, transOrder: TransOrder = .xy,
    rounding: RegionRounding = .awayFromZero
  ) {
    self.spatialScale = spatialScale
    self.outputDim = outputDim
    self.groupSize = groupSize
    self.pooledSize = pooledSize
    self.partSize = partSize ?? pooledSize
    self.samplesPerPart = samplesPerPart
    self.transStd = transStd
    self.hasTrans = hasTrans
    self.transOrder = transOrder
    self.rounding = rounding
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("rois")] + (hasTrans ? [InputName("trans")] : [])
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("spatialScale", spatialScale, atLeast: 0)
    try requireAttribute("transStd", transStd, atLeast: 0)
    try requireAttribute("partSize", partSize, in: 1...(1 << 20))
    try requireAttribute("samplesPerPart", samplesPerPart, in: 1...(1 << 15))
    try requirePositionSensitiveData(&inputs, outputDim: outputDim, groupSize: groupSize)
    let output = try inferRegions(
      &inputs, rois: 1, channels: outputDim, pooledSize: [pooledSize, pooledSize])
    if hasTrans {
      try inputs.require(2, [output.shape[0], nil, partSize, partSize])
      if let channels = inputs.shape(2)[1] {
        guard channels >= 2, channels % 2 == 0, outputDim % (channels / 2) == 0 else {
          throw .input(
            "trans", found: "\(channels) channels",
            expected: "twice a divisor of \(outputDim) output channels")
        }
      }
    }
    return [output]
  }
}
