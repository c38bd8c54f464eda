internal import Graphs
internal import Operators

/// `onnx.reference`, the evaluator in Python.
enum ONNXReferenceConsumer: LintConsumer {
  static let name = "onnx-reference"
  static let versions = ConsumerVersion(1, 23)...ConsumerVersion(1, 23)

  private static let tried = "tried with onnx 1.23.2"

  static let rules: [LintRule] = [
    .node(
      "one-pixel", "DeformConv of maps of one row or column gives no numbers: it divides by the size less 1",
      remedy: "pad the map", source: tried
    ) { node, _ in
      guard node.operation is DeformableConvolution, node.shape(0)[2] == 1 || node.shape(0)[3] == 1 else {
        return nil
      }
      return "\(node.shape(0))"
    },
    .node(
      "coordinates", "DeformConv normalises positions and back: they round otherwise than in every runtime",
      level: .note,
      remedy: "verify with --coordinates unknown", source: tried
    ) { node, _ in node.operation is DeformableConvolution ? "DeformConv" : nil },
    .node("max-roi-pool", "there is no MaxRoiPool", remedy: "use a runtime", source: tried) { node, _ in
      node.operation is ROIPooling ? "MaxRoiPool" : nil
    },
  ]
}
