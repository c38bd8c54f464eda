package import Graphs
package import Tensors

/// What is known where an operator is written.
package struct ONNXSite: Sendable {
  /// Of ONNX's own operator set.
  package let opset: Int
  /// By the node's inputs; nil where an optional one is left out.
  package let inputs: [ValueType?]
  /// Outputs that the node has.
  package let outputCount: Int

  package init(opset: Int, inputs: [ValueType?], outputCount: Int = 1) {
    self.opset = opset
    self.inputs = inputs
    self.outputCount = outputCount
  }

  package func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// The elements of an input: where nobody knows them, those of all weights that frameworks wrote.
  package func elementType(_ index: Int) -> ElementType {
    (hasInput(index) ? inputs[index]?.elementType : nil) ?? .float32
  }

  /// - Throws: `OperatorError` where the rank is not known.
  package func rank(_ index: Int) throws(OperatorError) -> Int {
    guard hasInput(index), let rank = inputs[index]?.shape.rank else {
      throw OperatorError("input \(index)", found: "an unknown rank", expected: "one that is known")
    }
    return rank
  }

  package func knownRank(_ index: Int) -> Int? { hasInput(index) ? inputs[index]?.shape.rank ?? nil : nil }

  /// - Throws: `OperatorError` where the file's operator set does not have it yet.
  func requireOpset(_ version: Int, _ what: String) throws(OperatorError) {
    guard opset >= version else {
      throw OperatorError(
        "operator", found: "\(what) in operator set \(opset)", expected: "operator set \(version) or later")
    }
  }

  /// The axes stand among the attributes, or since an operator set are an input; none where they are left out.
  func withAxes(_ op: String, _ axes: [Int], inputSince version: Int) -> ONNXSpelling {
    guard !axes.isEmpty else { return ONNXSpelling(op, inputs: [.input(0)]) }
    return opset < version
      ? ONNXSpelling(op, [("axes", .integers(axes))], inputs: [.input(0)])
      : ONNXSpelling(op, inputs: [.input(0), .integers(axes)])
  }

  /// - Parameter shape: in ONNX's codes: sizes, 0 and −1.
  func reshape(_ input: ONNXSpelling.Input, to shape: [Int]) -> ONNXSpelling {
    ONNXSpelling("Reshape", inputs: [input, .integers(shape)])
  }
}
