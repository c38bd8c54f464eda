extension Reshape {
  /// ONNX `Reshape` (5 to 25): the shape is an input; 0 copies the dimension of the same place, −1 takes what is left.
  package static let onnx: ONNXDialect<Reshape>? = ONNXDialect(
    names: [ONNXName("Reshape", since: 5)],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      let allowsZero = try node.flag("allowzero", default: false)
      let shape = try node.integers(ofInput: 1) ?? []
      guard shape.allSatisfy({ $0 >= -1 }), shape.filter({ $0 == -1 }).count <= 1 else {
        throw .input("shape", found: "\(shape)", expected: "sizes from 0, and -1 at most once")
      }
      node.take([0])
      // A literal zero has no code in the IR.
      guard !allowsZero || !shape.contains(0) else { return nil }
      return Reshape(shape)
    })
}
