internal import Graphs
internal import Operators
internal import Tensors

/// ONNX Runtime on a CPU.
enum ONNXRuntimeConsumer: LintConsumer {
  static let name = "ort"
  static let versions = ConsumerVersion(1, 24)...ConsumerVersion(1, 31)

  private static let tried = "tried with onnxruntime 1.24.4, 1.25.1, 1.26 to 1.30 and 1.31.1"

  static let rules: [LintRule] = files + deformable + others

  /// Versions that a file names.
  private static let files: [LintRule] = [
    opset(newest: 25, mended: ConsumerVersion(1, 25)),
    opset(newest: 26, mended: nil),
    .model(
      "ir-version", "files of an IR version above 13 are refused",
      remedy: "write the file with IR version 13, where nothing newer is used", source: tried
    ) { subject in subject.irVersion.flatMap { $0 > 13 ? "IR version \($0)" : nil } },
    .node(
      "foreign-operator", "operators of domains that nobody registered are refused",
      remedy: "use ONNX's own DeformConv (operator set 19), or load the library that registers the operator",
      source: tried
    ) { node, subject in
      let known: Set = [
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview.training", "ai.onnx.training", "com.microsoft",
        "com.microsoft.nchwc", "com.ms.internal.nhwc",
      ]
      if subject.isONNX, node.domain.isEmpty, node.op == "ModulatedDeformConv2d" {
        return "ModulatedDeformConv2d of TensorRT"
      }
      return node.foreignDomain(subject, known: known)
    },
  ]

  private static func opset(newest: Int, mended: ConsumerVersion?) -> LintRule {
    .model(
      mended == nil ? "opset" : "opset-\(newest)", "operator sets above \(newest) are refused",
      remedy: "convert to operator set \(newest) (onnx.version_converter)", source: tried, mended: mended
    ) { subject in subject.opset.flatMap { $0 > newest ? "operator set \($0)" : nil } }
  }

  private static let deformable: [LintRule] = [
    .node(
      "deform-conv", "there is no kernel of DeformConv",
      remedy: "take ONNX Runtime 1.25 or newer",
      source: "microsoft/onnxruntime PR 27393 brought the kernel; " + tried, mended: ConsumerVersion(1, 25)
    ) { node, subject in
      node.operation is DeformableConvolution && node.domain.isEmpty ? "DeformConv" : nil
    },
    .node(
      "deform-conv-type", "DeformConv has kernels of fp16, fp32 and fp64 alone",
      remedy: "cast its inputs to fp32", source: tried
    ) { node, subject in
      guard node.operation is DeformableConvolution, node.elementType(0) == .bfloat16 else { return nil }
      return "bfloat16"
    },
  ]

  private static let others: [LintRule] = [
    .node(
      "region-opset", "RoiAlign and MaxRoiPool of operator set 22 have no kernel",
      remedy: "write the file with operator set 21 or older", source: tried
    ) { node, subject in
      guard node.isONNX("RoiAlign") || node.isONNX("MaxRoiPool"), let opset = subject.opset, opset >= 22
      else { return nil }
      return "\(node.op) in operator set \(opset)"
    },
    .node(
      "roi-align-max", "RoiAlign takes the largest of a sample's weighted neighbours, not of the samples",
      level: .warning,
      remedy: "pool by the average, or expect other numbers elsewhere",
      source: "microsoft/onnxruntime issue 6921; " + tried
    ) { node, _ in
      (node.operation as? ROIAlign)?.function == .maximumOfWeighted ? "mode max" : nil
    },
    .node(
      "average-pool-ceil", "windows that hang over are divided by too many elements before operator set 19",
      remedy: "write the file with operator set 19 or newer", source: tried, mended: ConsumerVersion(1, 29)
    ) { node, subject in
      guard (subject.opset ?? 0) < 19 else { return nil }
      return node.overhangingAverage
    },
    .node(
      "resize-axes", "axes of Resize below 0 end the process", remedy: "count the axes from the first",
      source: tried, mended: ConsumerVersion(1, 27)
    ) { node, _ in
      node.operation is Resize && node.numbers("axes").contains { $0 < 0 }
        ? "axes \(node.numbers("axes"))" : nil
    },
    .node(
      "pad-wrap", "Pad wraps around once: pads beyond the tensor's size are filled with something else",
      remedy: "pad in two steps", source: tried, mended: ConsumerVersion(1, 31)
    ) { node, _ in
      guard let pad = node.operation as? Pad, pad.mode == .wrap, let sizes = node.shape(0).dimensions else {
        return nil
      }
      let isBeyond = zip(sizes, zip(pad.padBegin, pad.padEnd)).contains { size, pads in
        size.map { max(pads.0, pads.1) > $0 } ?? false
      }
      return isBeyond ? "pads \(pad.padBegin) and \(pad.padEnd) of \(node.shape(0))" : nil
    },
    .node(
      "clip-reversed", "Clip before operator set 11 is refused where its bounds are the wrong way round",
      remedy: "swap the bounds, or write the file with operator set 11 or newer", source: tried
    ) { node, subject in node.reversedClip(subject)
    },
    .node(
      "gemm-whole", "Gemm has no kernel of whole numbers", remedy: "use MatMul and Add", source: tried
    ) { node, _ in
      guard node.isONNX("Gemm"), let type = node.elementType(0), !type.isFloatingPoint else { return nil }
      return type.rawValue
    },
  ]
}

extension LintSubject.Entry {
  /// Bounds that are attributes, as before operator set 11, and the wrong way round.
  func reversedClip(_ subject: LintSubject) -> String? {
    guard isONNX("Clip"), (subject.opset ?? 11) < 11, let low = number("min"), let high = number("max"),
      low > high
    else { return nil }
    return "\(low) to \(high)"
  }

  /// Mean pooling that counts the padding, with windows that may hang over.
  var overhangingAverage: String? {
    guard let pooling = operation as? Pooling, pooling.function == .average, pooling.convention == .inside,
      pooling.divisor == .padded
    else { return nil }
    return "ceil_mode with count_include_pad"
  }
}
