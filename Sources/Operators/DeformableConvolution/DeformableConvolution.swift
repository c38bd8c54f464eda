internal import Bytes
package import Graphs

/// Convolution whose taps read the map at learned, fractional positions (arXiv:1703.06211 eq. 2–4; with a mask
/// arXiv:1811.11168 eq. 1).
///
/// Inputs: data `[N, C, H, W]`; offset `[N, 2·G·Kh·Kw, Ho, Wo]`, deformable group outermost, then tap, then
/// y before x in input pixels (`offsetOrder`); mask `[N, G·Kh·Kw, Ho, Wo]` where `hasMask`; weight
/// `[M, C/groups, Kh, Kw]`; bias `[M]` where `hasBias`. Output `[N, M, Ho, Wo]`.
/// Tap (i, j) of output (y, x) reads at y·stride − pad + i·dilation + offset, bilinearly.
package struct DeformableConvolution: Operator {
  package static let name = "DeformableConvolution"

  /// Which samples count near the rim of a map of H rows, and what lies beyond it; columns alike.
  package enum Border: String, Codable, Sendable {
    /// 0 ≤ y < H, and the last row repeats in [H−1, H): MXNet's v1 operator, the rule that the released weights
    /// were trained with (mxnet contrib/nn/deformable_im2col.h).
    case closed
    /// −1 < y < H with zeros around the map: MXNet's modulated operator, torchvision, ONNX DeformConv-19
    /// (mxnet contrib/nn/modulated_deformable_im2col.h).
    case zero
  }

  /// In what arithmetic a sample's position arises.
  package enum Coordinates: String, Codable, Sendable {
    /// fl32(base + offset): MXNet's CPU code, torchvision, ONNX Runtime.
    case absolute
    /// fl32(tap·dilation + offset) in a window shifted to the base: MXNet's GPU code.
    case relative
    /// The absolute position stored in fp16: a TensorRT plugin.
    case half
  }

  /// Which of a tap's two offset channels comes first.
  package enum OffsetOrder: String, Codable, Sendable {
    case yx
    case xy
  }

  package var geometry: ConvolutionGeometry
  package var groups: Int
  /// Runs of channels that share their offsets, independent of `groups`.
  package var deformableGroups: Int
  /// Channels of the output.
  package var filters: Int
  package var hasBias: Bool
  /// Whether each sample is multiplied by a learned factor.
  package var hasMask: Bool
  package var border: Border
  package var coordinates: Coordinates
  package var offsetOrder: OffsetOrder

  package init(
    geometry: ConvolutionGeometry, groups: Int = 1, deformableGroups: Int = 1, filters: Int, hasBias: Bool,
    hasMask: Bool, border: Border, coordinates: Coordinates = .absolute, offsetOrder: OffsetOrder = .yx
  ) {
    self.geometry = geometry
    self.groups = groups
    self.deformableGroups = deformableGroups
    self.filters = filters
    self.hasBias = hasBias
    self.hasMask = hasMask
    self.border = border
    self.coordinates = coordinates
    self.offsetOrder = offsetOrder
  }

  package var inputs: [InputName] {
    [InputName("data"), InputName("offset")] + (hasMask ? [InputName("mask")] : [])
      + [InputName("weight", .parameter)] + (hasBias ? [InputName("bias", .parameter)] : [])
  }

  /// The place of each input after the offset; nil where there is none.
  package var maskIndex: Int? { hasMask ? 2 : nil }
  package var weightIndex: Int { hasMask ? 3 : 2 }
  package var biasIndex: Int? { hasBias ? weightIndex + 1 : nil }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("kernel", geometry.rank, in: 2...2)
    var output = try inferConvolution(
      &inputs, geometry: geometry, groups: groups, filters: filters, weight: weightIndex, bias: biasIndex)
    guard deformableGroups >= 1, (inputs.shape(0)[1] ?? 0) % deformableGroups == 0 else {
      throw .attribute(
        "deformableGroups", found: "\(deformableGroups)",
        expected: "a divisor of the channels in \(inputs.shape(0))")
    }
    guard let samples = geometry.taps?.timesChecked(deformableGroups), let pairs = samples.timesChecked(2)
    else {
      throw .attribute("deformableGroups", found: "\(deformableGroups)", expected: "a number of fewer digits")
    }
    try inputs.require(1, [output[0], pairs, output[2], output[3]])
    if let maskIndex {
      let offset = inputs.shape(1)
      try inputs.require(maskIndex, [offset[0], samples, offset[2], offset[3]])
      try inputs.require(1, [nil, nil, inputs.shape(maskIndex)[2], inputs.shape(maskIndex)[3]])
    }
    // The offsets have the output's size, where the data's is not known.
    let offset = inputs.shape(1)
    output = PartialShape([offset[0], filters, offset[2], offset[3]])
    return [ValueType(inputs.elementType(0), output)]
  }
}
