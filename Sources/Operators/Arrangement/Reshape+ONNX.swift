extension Reshape {
  /// ONNX `Reshape` (5 to 25): the shape is an input; 0 copies the dimension of the same place unless `allowzero` says
  /// that it is one of no elements, −1 takes what is left.
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
      let hasZero = allowsZero && shape.contains(0)
      guard !hasZero || !shape.contains(-1) else {
        throw .input("shape", found: "\(shape)", expected: "no -1 beside a 0 that allowzero takes literally")
      }
      return Reshape(shape, allowsZero: hasZero)
    },
    write: { reshape, site throws(OperatorError) in
      guard !reshape.reversed, reshape.shape.allSatisfy({ $0 >= -1 }) else {
        throw .attribute("shape", found: "\(reshape.shape)", expected: "codes of ONNX: sizes, 0 and -1")
      }
      var spelling = site.reshape(.input(0), to: reshape.shape)
      if reshape.allowsZero {
        try site.requireOpset(14, "allowzero")
        spelling.attributes.append(("allowzero", .integer(1)))
      }
      return [spelling]
    })
}
