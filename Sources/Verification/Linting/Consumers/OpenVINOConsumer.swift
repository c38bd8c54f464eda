internal import Graphs
internal import Operators
internal import Tensors

/// OpenVINO's reader of ONNX files and its CPU plugin.
enum OpenVINOConsumer: LintConsumer {
  static let name = "openvino"
  static let versions = ConsumerVersion(2026, 4)...ConsumerVersion(2026, 4)

  private static let tried = "tried with openvino 2026.4.1"

  static let rules: [LintRule] = deformable + arrangement + resizing + others

  private static let deformable: [LintRule] = [
    .node(
      "deform-conv", "the reader of ONNX has no conversion of DeformConv",
      remedy: "dcnconv export --target portable writes it as GridSample and products, which are read",
      source: "openvinotoolkit/openvino PR 34132, closed unmerged; " + tried
    ) { node, _ in
      node.operation is DeformableConvolution && node.domain != toolkit ? "DeformConv" : nil
    },
    .node(
      "border", "DeformableConv2D is read with the closed border, whatever bilinear_interpolation_pad says",
      remedy: "build the layer through OpenVINO's own API with bilinear_interpolation_pad = true",
      source: "openvinotoolkit/openvino fc166b8c, frontends/onnx deform_conv.cpp; " + tried
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution, node.domain == toolkit,
        layer.border == .zero
      else { return nil }
      return "bilinear_interpolation_pad = 1"
    },
    .node(
      "default-border", "DeformableConv2D is computed with the closed border, MXNet's first rule",
      level: .note,
      remedy: "right for weights that were trained with it; wrong for those of torchvision or mmcv",
      source: tried
    ) { node, _ in
      guard let layer = node.operation as? DeformableConvolution, node.domain == toolkit,
        layer.border == .closed
      else { return nil }
      return "no bilinear_interpolation_pad"
    },
    .model(
      "shared-executor",
      "two layers that differ in the border alone share one executor: the second gets the first's",
      remedy: "give the layers different shapes, or rewrite one border into the other",
      source:
        "DefConvKey in intel_cpu/src/nodes/def_conv.cpp; tried through its own API with openvino 2026.4.1"
    ) { subject in
      var borders: [String: Set<String>] = [:]
      for node in subject.nodes {
        guard var layer = node.operation as? DeformableConvolution else { continue }
        let border = layer.border.rawValue
        layer.border = .zero
        borders["\(layer) \(node.inputs.map { $0?.shape.description ?? "" })", default: []].insert(border)
      }
      return borders.values.contains { $0.count > 1 } ? "both borders in layers of equal shapes" : nil
    },
    .node(
      "grouped", "deformable convolutions of several groups run in a scalar reference loop", level: .note,
      remedy: "expect it to be slow",
      source: "enforceRef in intel_cpu/src/nodes/def_conv.cpp; timed at 2026.4.1"
    ) { node, _ in
      (node.operation as? DeformableConvolution).flatMap { $0.groups > 1 ? "\($0.groups) groups" : nil }
    },
    .node(
      "foreign-operator", "operators of other domains have no conversion",
      remedy: "give the reader an extension that converts them", source: tried
    ) { node, subject in
      if subject.isONNX, node.domain.isEmpty, node.op == "ModulatedDeformConv2d" {
        return "ModulatedDeformConv2d of TensorRT"
      }
      return node.foreignDomain(
        subject, known: ["", "ai.onnx", "com.microsoft", "org.openvinotoolkit", "org.pytorch.aten"])
    },
    .model(
      "bf16", "processors that have bf16 compute in it unless told otherwise", level: .warning,
      remedy: "set INFERENCE_PRECISION_HINT to f32", source: tried + " on an EPYC of the Zen 4 kind"
    ) { subject in
      let isFloat = subject.inputs.contains { $0.type.elementType == .float32 || $0.type.elementType == nil }
      return isFloat && !subject.nodes.isEmpty ? "fp32 inputs" : nil
    },
  ]

  private static let toolkit = "org.openvinotoolkit"

  private static let arrangement: [LintRule] = [
    .node("pad-wrap", "Pad of the mode wrap is refused", remedy: "concatenate slices instead", source: tried)
    { node, _ in
      (node.operation as? Pad)?.mode == .wrap ? "mode wrap" : nil
    },
    .node(
      "max-pool-columns", "places of maxima with storage_order 1 come in another shape",
      remedy: "take storage_order 0", source: tried
    ) { node, _ in
      (node.operation as? IndexedMaxPooling)?.order == .columnMajor ? "storage_order 1" : nil
    },
  ]

  private static let resizing: [LintRule] = [
    .node(
      "resize-coordinates", "Resize by tf_crop_and_resize or half_pixel_symmetric is refused",
      remedy: "crop before, or take half_pixel", source: tried
    ) { node, _ in
      guard let resize = node.operation as? Resize,
        resize.coordinates == .region || resize.coordinates == .halfPixelSymmetric
      else { return nil }
      return node.text("coordinate_transformation_mode") ?? resize.coordinates.rawValue
    },
    .node(
      "resize-axes", "axes of Resize below 0 are refused", remedy: "count the axes from the first",
      source: tried
    ) { node, _ in
      node.operation is Resize && node.numbers("axes").contains { $0 < 0 }
        ? "axes \(node.numbers("axes"))" : nil
    },
    .node(
      "resize-antialias", "Resize ignores antialias", remedy: "smooth by a convolution before", source: tried
    ) { node, _ in (node.operation as? Resize)?.antialiases == true ? "antialias" : nil },
    .node(
      "resize-aspect", "Resize ignores keep_aspect_ratio_policy",
      remedy: "write the sizes that follow from it",
      source: tried
    ) { node, _ in
      guard let resize = node.operation as? Resize, resize.aspectRatio != .stretched else { return nil }
      return resize.aspectRatio.rawValue
    },
    .node(
      "resize-exclude", "Resize ignores exclude_outside", remedy: "take exclude_outside 0", source: tried
    ) { node, _ in
      guard let resize = node.operation as? Resize, resize.excludesOutside, resize.method == .cubic else {
        return nil
      }
      return "exclude_outside"
    },
    .node(
      "grid-sample-volume", "GridSample of volumes is refused", remedy: "sample slices one by one",
      source: tried
    ) { node, _ in
      guard node.operation is GridSample, node.shape(0).rank == 5 else { return nil }
      return "\(node.shape(0))"
    },
  ]

  private static let others: [LintRule] = [
    .node(
      "clip-reversed", "Clip before operator set 11 is refused where its bounds are the wrong way round",
      remedy: "swap the bounds, or write the file with operator set 11 or newer", source: tried
    ) { node, subject in node.reversedClip(subject) },
    .node(
      "average-pool-ceil", "windows that hang over are divided by too many elements",
      remedy: "pad the map so that no window hangs over", source: tried
    ) { node, _ in node.overhangingAverage },
    .node(
      "roi-align-max",
      "RoiAlign takes the largest of the samples, ONNX Runtime that of their weighted neighbours",
      remedy: "pool by the average", source: "microsoft/onnxruntime issue 6921; " + tried
    ) { node, _ in
      (node.operation as? ROIAlign)?.function == .maximumOfWeighted ? "mode max" : nil
    },
    .node(
      "softmax-trailing", "Softmax of operator sets 11 and 12 runs along one axis, not over all behind it",
      remedy: "write the file with operator set 13, or flatten before", source: tried
    ) { node, subject in
      guard (11...12).contains(subject.opset ?? 0) else { return nil }
      return node.trailingSoftmax
    },
    .node(
      "prelu-last", "a list of slopes as long as the channels is taken for theirs, not for the last axis",
      remedy: "give the slopes all dimensions", source: tried
    ) { node, _ in
      guard let layer = node.operation as? LeakyReLU, layer.function == .prelu, layer.gammaPlacement == .last,
        let slopes = node.shape(1).dimensions, slopes.count == 1, (node.shape(0).rank ?? 0) > 2,
        let count = slopes[0], node.shape(0)[1] == count
      else { return nil }
      return "\(count) slopes"
    },
  ]
}

extension LintSubject.Entry {
  /// A softmax over several axes together, as ONNX had it before operator set 13.
  var trailingSoftmax: String? {
    guard let softmax = operation as? Softmax, softmax.span == .trailing, let rank = shape(0).rank else {
      return nil
    }
    let axis = softmax.axis < 0 ? softmax.axis + rank : softmax.axis
    return axis < rank - 1 ? "axes \(axis) to \(rank - 1)" : nil
  }
}
