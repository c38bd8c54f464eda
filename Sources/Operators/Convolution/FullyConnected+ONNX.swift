internal import Graphs
internal import Tensors

extension FullyConnected {
  /// ONNX `Gemm` (7 to 13) as exporters write a linear layer: x·Wᵀ + b with a bias for each column.
  package static let onnx: ONNXDialect<FullyConnected>? = ONNXDialect(
    names: [ONNXName("Gemm", since: 7)],
    read: { node throws(OperatorError) in
      try node.requireInputs(2, optional: 1)
      let alpha = try node.float("alpha", default: 1)
      let beta = try node.float("beta", default: 1)
      let transposes = (
        try node.flag("transA", default: false), try node.flag("transB", default: false)
      )
      // Whole numbers are multiplied by the general product.
      guard node.elementType(1)?.isFloatingPoint ?? true, alpha == 1, transposes == (false, true),
        !node.hasInput(2) || beta == 1
      else { return nil }
      let units = try node.dimension(0, of: 1)
      if node.hasInput(2) {
        guard try node.rank(2) == 1, try node.dimension(0, of: 2) == units else { return nil }
      }
      return FullyConnected(units: units, hasBias: node.hasInput(2), flattens: false)
    },
    write: { layer, site throws(OperatorError) in
      let bias: [ONNXSpelling.Input] = layer.hasBias ? [.input(2)] : []
      // Where the rank is not known, Gemm refuses what is no matrix; reading gives this operator for it.
      let isMatrix = site.knownRank(0).map { $0 == 2 } ?? !layer.flattens
      if layer.flattens || isMatrix {
        let gemm = ONNXSpelling(
          "Gemm", [("transB", .integer(1))], inputs: [isMatrix ? .input(0) : .node(0), .input(1)] + bias)
        let flatten = ONNXSpelling("Flatten", [("axis", .integer(1))], inputs: [.input(0)])
        return isMatrix ? [gemm] : [flatten, gemm]
      }
      let product = [
        ONNXSpelling("Transpose", [("perm", .integers([1, 0]))], inputs: [.input(1)]),
        ONNXSpelling("MatMul", inputs: [.input(0), .node(0)]),
      ]
      return product + (layer.hasBias ? [ONNXSpelling("Add", inputs: [.node(1), .input(2)])] : [])
    })
}
