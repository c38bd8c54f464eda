internal import Graphs
internal import Tensors

extension ScalarArithmetic {
  /// ONNX `Pow` (7 to 15) by one number that is known: since operator set 12 it may be of another type than the base.
  package static let onnx: ONNXDialect<ScalarArithmetic>? = ONNXDialect(
    names: [ONNXName("Pow", since: 7)],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      guard let exponent = try node.scalarExponent() else { return nil }
      node.take([0])
      return ScalarArithmetic(.power, exponent)
    },
    write: { arithmetic, site throws(OperatorError) in
      let scalar = ONNXSpelling.Input.constant(
        try ONNXSpelling.number(arithmetic.scalar, of: site.elementType(0)))
      return [
        ONNXSpelling(
          arithmetic.function.onnxName,
          inputs: arithmetic.scalarIsLeft ? [scalar, .input(0)] : [.input(0), scalar])
      ]
    })
}

extension ONNXNode {
  /// The exponent of a `Pow` where it is one number that does not enlarge the base's shape.
  func scalarExponent() throws(OperatorError) -> Double? {
    guard hasInput(1), let constant = inputs[1]?.constant, constant.shape.count == 1,
      constant.shape.rank <= (constant.shape.rank == 0 ? 0 : try rank(0)),
      elementType(0)?.isFloatingPoint == true
    else { return nil }
    return try number(ofInput: 1)
  }
}
