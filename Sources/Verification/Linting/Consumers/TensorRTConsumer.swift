internal import Graphs
internal import Operators

/// TensorRT's reader of ONNX files, and its plugin of deformable convolution. Its sources were read, nothing was tried.
enum TensorRTConsumer: LintConsumer {
  static let name = "tensorrt"
  static let versions = ConsumerVersion(10)...ConsumerVersion(10)

  private static let reader = "onnx/onnx-tensorrt 96e78110, importerUtils.cpp (read, not tried)"

  static let rules: [LintRule] = [
    .node(
      "asymmetric-pads", "pads before and behind the map have to be equal",
      remedy: "pad the map by a Pad node", source: reader
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution,
        layer.geometry.padBegin != layer.geometry.padEnd
      else { return nil }
      return "\(layer.geometry.padBegin) and \(layer.geometry.padEnd)"
    },
    .node(
      "no-bias", "the bias is looked at though it is left out", remedy: "give the layer a bias of zeros",
      source: reader
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution, !layer.hasBias else { return nil }
      return layer.hasMask ? "a mask without a bias" : "no bias"
    },
    .node(
      "no-mask", "the mask that stands for a missing one has the offsets' shape, twice its channels",
      remedy: "give the layer a mask of ones", source: reader
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution, !layer.hasMask else { return nil }
      return "no mask"
    },
    .node(
      "half-coordinates", "in fp16 the plugin stores positions in half precision", level: .note,
      remedy: "keep deformable layers in fp32: the error is 0.8 % on 32 pixels, 13 % on 512",
      source: "NVIDIA/TensorRT a892d222, modulatedDeformConvPlugin (read, not tried)"
    ) { node, _ in node.operation is DeformableConvolution ? "positions" : nil },
    .node(
      "plugin-border", "the plugin has zeros around the map", remedy: "rewrite the border (dcnconv export)",
      source: "NVIDIA/TensorRT a892d222, modulatedDeformConvPlugin (read, not tried)"
    ) { node, subject in
      guard subject.isONNX, let layer = node.operation as? DeformableConvolution else { return nil }
      return layer.border == .closed ? "closed border" : nil
    },
  ]
}
