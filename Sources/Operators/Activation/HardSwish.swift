package import Graphs
package import Tensors

/// x·max(0, min(1, x/6 + 0.5)), x times a hard sigmoid (arXiv:1905.02244; ONNX HardSwish-14).
///
/// Input: data of any shape; output: the same shape.
package struct HardSwish: Operator {
  package static let name = "HardSwish"

  package init() {}

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }

  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    // The sixth is a number of the data's type in the source, fp32.
    let sixth = T(Float(1) / 6)
    return .map { x in
      let gate = sixth * x + 0.5
      return x * (gate < 0 ? 0 : gate > 1 ? 1 : gate)
    }
  }

  /// The gate's product and sum round by u·|x|/6 and u at most; so does the last product.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let x = Elements<Double>(operands.input(0).widened)
    let y = operands.reference
    return .elementwise(
      FormulaBound { element in
        let inner = abs(x.span[element]) * (1 + abs(x.span[element]) / 6)
        return (0.58 * (abs(y[element]) + inner), abs(y[element]) + 2 * inner)
      })
  }

  package static var mxnet: MXNetDialect<HardSwish>? { nil }

  package static let onnx: ONNXDialect<HardSwish>? = ONNXDialect(
    names: [ONNXName("HardSwish", since: 14)],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      return HardSwish()
    },
    write: { _, site throws(OperatorError) in
      try site.requireOpset(14, "HardSwish")
      return [ONNXSpelling("HardSwish", inputs: [.input(0)])]
    })
}
