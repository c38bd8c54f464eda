internal import Tensors

extension ArgMax {
  /// ONNX `ArgMax` and `ArgMin` (1, 11, 12, 13) that choose the first of equal elements; the places are int64.
  package static let onnx: ONNXDialect<ArgMax>? = ONNXDialect(
    names: [ONNXName("ArgMax"), ONNXName("ArgMin")],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      if node.version >= 12, try node.flag("select_last_index", default: false) { return nil }
      return ArgMax(
        node.op == "ArgMin" ? .min : .max, axis: try node.integer("axis", default: 0),
        keepsDimension: try node.flag("keepdims", default: true), keepsOneDimension: false,
        elementType: .int64)
    })
}
