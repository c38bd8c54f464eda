internal import Graphs

extension AddN {
  /// ONNX `Sum` of three or more tensors of one shape; it broadcasts otherwise.
  package static let onnx: ONNXDialect<AddN>? = ONNXDialect(
    names: [ONNXName("Sum", since: 6)],
    read: { node throws(OperatorError) in
      guard node.inputs.count > 2 else { return nil }
      for index in node.inputs.indices {
        for axis in 0..<(try node.rank(index)) {
          guard try node.dimension(axis, of: index) == node.shape(0)[axis] else { return nil }
        }
        guard node.shape(index).rank == node.shape(0).rank else { return nil }
      }
      return AddN(count: node.inputs.count)
    },
    write: { sum, _ throws(OperatorError) in
      [ONNXSpelling("Sum", inputs: (0..<sum.count).map { .input($0) })]
    })
}
