internal import Graphs
internal import Operators
internal import Tensors

/// What holds of every consumer here: they read ONNX files and nothing else.
let commonRules: [LintRule] = [
  .model(
    "not-onnx", "the file is no ONNX model, and nothing else is read",
    remedy: "dcnconv export MODEL -o MODEL.onnx, where its operators have names in ONNX",
    source: "each consumer's own documentation of formats"
  ) { subject in subject.isONNX ? nil : "read from another format" },
  .node(
    "no-onnx-operator", "ONNX has no operator of that computation",
    remedy: "export rewrites what it can into ONNX's operators; the rest has to run elsewhere",
    source: "onnx 1.23.2, docs/Operators.md"
  ) { node, subject in
    guard !subject.isONNX, let operation = node.operation as? any Operator,
      type(of: operation).onnxNames.isEmpty, !(operation is Deferred)
    else { return nil }
    return operation.name
  },
  .node(
    "closed-border", "DeformConv has zeros around the map, this layer repeats its last row and column",
    remedy:
      "export with the rewrite that masks samples beyond the border; dcnconv verify shows that it holds",
    source: "MXNet 1.9.1 contrib/nn/deformable_im2col.h; ONNX Runtime 1.31 cpu/nn/deform_conv.cc"
  ) { node, subject in
    guard !subject.isONNX, let layer = node.operation as? DeformableConvolution, layer.border == .closed
    else { return nil }
    return "border \(layer.border.rawValue)"
  },
  .node(
    "unknown-operator", "dcnconv does not know the operator: no rule looks at it", level: .note,
    remedy: "see whether the consumer has it", source: "dcnconv's table of operators"
  ) { node, subject in
    guard let opaque = node.operation as? OpaqueOperation else { return nil }
    return opaque.name
  },
  .node(
    "paddle-bias", "a bias of ones stands where Paddle's layer has none", level: .warning,
    remedy: "take the bias away, or export with a version that writes zeros",
    source: "PaddlePaddle/Paddle2ONNX 3bb6cb88, mapper/nn/deform_conv2d.cc (read, not tried)"
  ) { node, subject in
    guard subject.producer.lowercased().contains("paddle"),
      let layer = node.operation as? DeformableConvolution, layer.hasBias,
      let bias = node.tensors.last.flatMap({ $0 }), bias.elementType.isFloatingPoint,
      bias.converted(to: Double.self).allSatisfy({ $0 == 1 })
    else { return nil }
    return "\(bias.shape.count) ones"
  },
]

extension LintSubject.Entry {
  /// Whether it is one of ONNX's own operators in the file.
  func isONNX(_ op: String) -> Bool { domain.isEmpty && self.op == op }

  /// The domain of an operator that is neither ONNX's own nor one of these, nor defined by the file.
  func foreignDomain(_ subject: LintSubject, known: Set<String>) -> String? {
    guard subject.isONNX, !op.isEmpty, !known.contains(domain),
      !subject.functions.contains(where: { $0 == "\(domain)::\(op)" || $0.hasPrefix("\(domain)::\(op):") })
    else { return nil }
    return "\(domain)::\(op)"
  }
}
