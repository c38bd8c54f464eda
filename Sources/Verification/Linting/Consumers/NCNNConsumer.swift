internal import Graphs
internal import Operators
internal import Tensors

/// ncnn, with pnnx before it.
enum NCNNConsumer: LintConsumer {
  static let name = "ncnn"
  static let versions = ConsumerVersion(20_261_020)...ConsumerVersion(20_261_020)

  private static let tried = "tried with pnnx and ncnn 20261020"
  private static let read = "Tencent/ncnn a4d2ea1d, src/layer/deformableconv2d.cpp (read)"

  static let rules: [LintRule] = [
    .node(
      "deform-conv", "pnnx leaves DeformConv as it is and drops its attributes: ncnn has no such layer",
      remedy: "convert from TorchScript, whose torchvision::deform_conv2d pnnx knows", source: tried
    ) { node, _ in node.operation is DeformableConvolution ? "DeformConv" : nil },
    .node(
      "deform-groups", "DeformableConv2D has neither groups nor deformable groups",
      remedy: "split the layer into one for each group and concatenate",
      source: read + "; tried in ncnn 20261020"
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution,
        layer.groups > 1 || layer.deformableGroups > 1
      else { return nil }
      return "\(layer.groups) groups, \(layer.deformableGroups) deformable groups"
    },
    .node(
      "border", "DeformableConv2D has zeros around the map", remedy: "rewrite the border (dcnconv export)",
      source: read + "; tried in ncnn 20261020"
    ) { node, _ in
      (node.operation as? DeformableConvolution)?.border == .closed ? "closed border" : nil
    },
    .model(
      "batch", "maps have no batch dimension", remedy: "run the images one by one", source: read
    ) { subject in
      subject.inputs.first { $0.type.shape.rank == 4 && ($0.type.shape[0] ?? 1) > 1 }.map {
        "\($0.name) \($0.type.shape)"
      }
    },
    .node(
      "roi-pooling", "bins are formed by a reciprocal: some widths of regions get other bins",
      level: .warning,
      remedy: "expect differences where a region's width is a multiple of 3 or 11 elements",
      source: "-ffast-math in src/CMakeLists.txt (read a4d2ea1d); 9 of 40 regions differ in ncnn 20261020"
    ) { node, _ in node.operation is ROIPooling ? "MaxRoiPool" : nil },
    .node(
      "region-count", "region layers take one region a call", level: .note, remedy: "loop over the regions",
      source: tried
    ) { node, _ in node.operation is ROIPooling || node.operation is ROIAlign ? node.operation.name : nil },
    .node(
      "deformable-regions", "there is no layer of deformable region pooling",
      remedy: "run the head elsewhere", source: "Tencent/ncnn a4d2ea1d, src/layer (read)"
    ) { node, _ in node.operation is DeformablePSROIPooling ? "DeformablePSROIPooling" : nil },
    .node(
      "winograd", "plain 3×3 convolutions run as Winograd: errors up to 35 times rounding's", level: .note,
      remedy: "set opt.use_winograd_convolution = false where numbers are compared",
      source: "timed at ncnn 20261020; Tencent/ncnn a4d2ea1d, src/layer/x86/convolution_x86.cpp"
    ) { node, _ in
      guard let layer = node.operation as? Convolution, layer.geometry.kernel == [3, 3], layer.groups == 1,
        layer.geometry.stride == [1, 1], layer.geometry.dilation == [1, 1]
      else { return nil }
      return "3×3"
    },
  ]
}
