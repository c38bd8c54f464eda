extension Activation {
  /// ONNX has an operator for each function.
  package static let onnx: ONNXDialect<Activation>? = ONNXDialect(
    names: ["Relu", "Sigmoid", "Tanh", "Softplus", "Softsign"].map { ONNXName($0) },
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      let functions: [String: Function] = [
        "Relu": .relu, "Sigmoid": .sigmoid, "Tanh": .tanh, "Softplus": .softrelu, "Softsign": .softsign,
      ]
      return functions[node.op].map(Activation.init)
    },
    write: { activation, _ throws(OperatorError) in
      let names: [Function: String] = [
        .relu: "Relu", .sigmoid: "Sigmoid", .tanh: "Tanh", .softrelu: "Softplus", .softsign: "Softsign",
      ]
      return [ONNXSpelling(names[activation.function] ?? "", inputs: [.input(0)])]
    })
}
