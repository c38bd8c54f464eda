extension Binary {
  /// ONNX has an operator for each function; since operator set 7 they broadcast as numpy does.
  ///
  /// `Sum`, `Max` and `Min` take any number of inputs, of which two are read here.
  package static let onnx: ONNXDialect<Binary>? = ONNXDialect(
    names: ["Add", "Sub", "Mul", "Div", "Pow", "Sum", "Max", "Min"].map { ONNXName($0, since: 6) },
    read: { node throws(OperatorError) in
      let functions: [String: Function] = [
        "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "Pow": .power, "Sum": .add,
        "Max": .maximum, "Min": .minimum,
      ]
      let isVariadic = ["Sum", "Max", "Min"].contains(node.op)
      try node.requireInputs(isVariadic ? max(node.inputs.count, 1) : 2)
      guard node.inputs.count == 2, let function = functions[node.op] else { return nil }
      // One number as the exponent becomes an attribute.
      if function == .power, try node.scalarExponent() != nil { return nil }
      return Binary(function, broadcasts: true)
    },
    write: { binary, _ throws(OperatorError) in
      [ONNXSpelling(binary.function.onnxName, inputs: [.input(0), .input(1)])]
    })
}

extension Binary.Function {
  var onnxName: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .power: "Pow"
    }
  }
}
