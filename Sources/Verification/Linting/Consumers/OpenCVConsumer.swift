internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// OpenCV's dnn module with its default engine.
enum OpenCVConsumer: LintConsumer {
  static let name = "opencv"
  static let versions = ConsumerVersion(5, 0)...ConsumerVersion(5, 0)

  private static let tried = "tried with opencv-python-headless 5.0.0.93"

  static let rules: [LintRule] = missing + pooling + resizing + others

  private static let missing: [LintRule] = [
    .node(
      "deform-conv", "there is no layer of deformable convolution", remedy: "run the model elsewhere",
      source: tried
    ) { node, _ in node.operation is DeformableConvolution ? "DeformConv" : nil },
    .node("max-roi-pool", "there is no MaxRoiPool", remedy: "use RoiAlign", source: tried) { node, _ in
      node.operation is ROIPooling ? "MaxRoiPool" : nil
    },
    .node(
      "foreign-operator", "operators of other domains have no layer", remedy: "register a layer of that name",
      source: "opencv 5.0.0, dnn/src/onnx/onnx_importer.cpp (read)"
    ) { node, subject in node.foreignDomain(subject, known: ["", "ai.onnx", "com.microsoft"]) },
    .node(
      "whole-numbers", "products, maxima and rectifiers of whole numbers are refused, or computed otherwise",
      remedy: "cast to fp32 before", source: tried
    ) { node, _ in
      let isOne =
        node.operation is MatrixProduct || node.operation is Pooling || node.operation is IndexedMaxPooling
        || node.operation is Activation
      guard isOne, let type = node.elementType(0), !type.isFloatingPoint else { return nil }
      return type.rawValue
    },
    .node(
      "filled-without-value", "ConstantOfShape is refused where it has no value", remedy: "write the value 0",
      source: tried
    ) { node, _ in
      node.isONNX("ConstantOfShape") && node.attributes["value"] == nil ? "no value" : nil
    },
  ]

  private static let pooling: [LintRule] = [
    .node(
      "average-pool-ceil", "windows that hang over are divided by too many elements",
      remedy: "pad the map so that no window hangs over", source: tried
    ) { node, _ in node.overhangingAverage },
    .node(
      "places-of-maxima", "places of maxima start anew with each image, and only maps in fp32 have them",
      remedy: "run the images one by one", source: tried
    ) { node, _ in
      guard let layer = node.operation as? IndexedMaxPooling else { return nil }
      let isPlain = layer.order == .rowMajor && node.shape(0).rank == 4 && node.shape(0)[0] == 1
      return isPlain ? nil : "\(node.shape(0)), \(layer.order.rawValue)"
    },
    .node(
      "auto-pad", "an odd zero of SAME_UPPER, and of SAME_LOWER in pooling, goes to the other side",
      remedy: "write the pads", source: tried
    ) { node, _ in
      let geometry =
        (node.operation as? Pooling)?.geometry ?? (node.operation as? IndexedMaxPooling)?.geometry
        ?? (node.operation as? Convolution)?.geometry
      guard let rule = node.text("auto_pad"), let geometry, geometry.padBegin != geometry.padEnd,
        rule == "SAME_UPPER" || (rule == "SAME_LOWER" && !(node.operation is Convolution))
      else { return nil }
      return "\(rule): \(geometry.padBegin) and \(geometry.padEnd)"
    },
    .node(
      "deconvolution-size", "ConvTranspose ignores output_shape and auto_pad",
      remedy: "write pads and output_padding",
      source: tried
    ) { node, _ in
      guard node.isONNX("ConvTranspose") else { return nil }
      if node.attributes["output_shape"] != nil { return "output_shape" }
      return node.text("auto_pad").flatMap { $0.hasPrefix("SAME") ? $0 : nil }
    },
    .node(
      "global-volume", "global pooling of volumes is refused", remedy: "flatten two of the axes",
      source: tried
    ) { node, _ in
      guard let pooling = node.operation as? Pooling, pooling.isGlobal, (node.shape(0).rank ?? 0) > 4 else {
        return nil
      }
      return "\(node.shape(0))"
    },
  ]

  private static let resizing: [LintRule] = [
    .node(
      "resize-form",
      "Resize with antialias, exclude_outside, axes, an aspect policy or a region is refused or ignored",
      remedy: "write plain sizes", source: tried
    ) { node, _ in
      guard let resize = node.operation as? Resize else { return nil }
      if resize.antialiases { return "antialias" }
      if resize.excludesOutside, resize.method == .cubic { return "exclude_outside" }
      if resize.coordinates == .region { return "tf_crop_and_resize" }
      if resize.aspectRatio != .stretched { return "keep_aspect_ratio_policy" }
      return node.attributes["axes"] != nil ? "axes" : nil
    },
    .node("resize-mode", "Resize without a mode is refused", remedy: "write the mode nearest", source: tried)
    { node, _ in
      node.isONNX("Resize") && node.attributes["mode"] == nil ? "no mode" : nil
    },
    .node(
      "resize-scales",
      "positions follow from the sizes, not from the scales: they differ where a scale makes no whole size",
      remedy: "write sizes", source: tried
    ) { node, subject in
      guard let resize = node.operation as? Resize, resize.coordinates != .alignedCorners,
        let sizes = node.shape(0).dimensions, (subject.opset ?? 11) >= 11
      else { return nil }
      let isBroken = zip(resize.axes, resize.scales).contains { axis, scale in
        guard sizes.indices.contains(axis), let size = sizes[axis] else { return false }
        let target = Float(size) * Float(scale)
        return target != target.rounded(.down)
      }
      return isBroken ? "scales \(resize.scales) of \(node.shape(0))" : nil
    },
    .node(
      "resize-rank", "Resize takes maps alone where scales are given", remedy: "reshape to a map",
      source: tried
    ) { node, _ in
      guard let resize = node.operation as? Resize, !resize.scales.isEmpty, let rank = node.shape(0).rank,
        rank != 4
      else { return nil }
      return "\(node.shape(0))"
    },
    .node(
      "resize-linear-old", "linear Upsample is refused, and linear Resize-10 takes half pixels",
      remedy: "write the file with operator set 11 or newer", source: tried
    ) { node, subject in
      guard let resize = node.operation as? Resize, resize.method == .linear, (subject.opset ?? 11) < 11
      else {
        return nil
      }
      return node.op
    },
    .node(
      "grid-sample-cubic", "cubic GridSample is computed otherwise", remedy: "sample linearly", source: tried
    ) { node, _ in
      (node.operation as? GridSample)?.method == .cubic ? "cubic" : nil
    },
  ]

  private static let others: [LintRule] = [
    .node(
      "clip-reversed", "Clip is refused where its bounds are the wrong way round", remedy: "swap the bounds",
      source: tried
    ) { node, subject in node.reversedClip(subject) },
    .node(
      "softmax-trailing", "Softmax before operator set 13 runs along one axis, not over all behind it",
      remedy: "flatten before", source: tried
    ) { node, _ in node.trailingSoftmax },
    .node(
      "prelu", "slopes have to be constant, one for each channel", remedy: "compute it by Max, Min and Mul",
      source: tried
    ) { node, _ in
      guard let layer = node.operation as? LeakyReLU, layer.function == .prelu, (node.shape(0).rank ?? 0) > 2
      else { return nil }
      if node.tensors.count > 1, node.tensors[1] == nil { return "computed slopes" }
      return layer.gammaPlacement == .last ? "slopes \(node.shape(1))" : nil
    },
    .node("dropout-mask", "the mask of Dropout is the data", remedy: "do not use it", source: tried) {
      node, _ in
      guard let dropout = node.operation as? Dropout, dropout.mask != .none else { return nil }
      return dropout.mask.rawValue
    },
    .node("vectors", "MatMul refuses vectors", remedy: "give them two dimensions", source: tried) { node, _ in
      guard node.operation is MatrixProduct, node.shape(0).rank == 1 || node.shape(1).rank == 1 else {
        return nil
      }
      return "\(node.shape(0)) by \(node.shape(1))"
    },
    .node(
      "no-elements", "tensors without elements are refused or lose their shape", remedy: "avoid them",
      source: tried
    ) {
      node, _ in
      guard let reshape = node.operation as? Reshape, reshape.allowsZero, reshape.shape.contains(0) else {
        return nil
      }
      return "shape \(reshape.shape)"
    },
    .node(
      "pad-wrap", "Pad that wraps around and cuts off as well gives other numbers", remedy: "slice before",
      source: tried
    ) {
      node, _ in
      guard let pad = node.operation as? Pad, pad.mode == .wrap else { return nil }
      let pads = pad.padBegin + pad.padEnd
      return pads.contains { $0 < 0 } && pads.contains { $0 > 0 } ? "\(pads)" : nil
    },
  ]
}
