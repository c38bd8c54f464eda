package import Graphs
package import Tensors

/// The gradient of an operator's output 0 with respect to one of its inputs, as an operator of its own: it takes the
/// operator's inputs, and behind them the gradient of its output.
///
/// It stands in no graph; verification reruns and judges it as it does any layer.
package struct GradientOf<O: DifferentiableOperator>: Operator {
  package static var name: String { "gradient of \(O.name)" }
  package static var mxnet: MXNetDialect<Self>? { nil }
  package static var onnx: ONNXDialect<Self>? { nil }

  package var operation: O
  /// The input.
  package let index: Int

  package init(_ operation: O, index: Int) {
    self.operation = operation
    self.index = index
  }

  package var inputs: [InputName] { operation.inputs + [InputName("outputGradient")] }
  package var layout: LayoutPreference { .logical }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    var inner = inputs.taking(Array(operation.inputs.indices), names: operation.inputs)
    _ = try operation.infer(&inner)
    return [ValueType(inner.elementType(index), inner.shape(index))]
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    throw OperatorError(
      "gradient", found: "\(T.self)", expected: "a precision that networks are evaluated in")
  }

  package func prepareFloat(_ site: Site<Float>) throws(OperatorError) -> Step<Float> { rerun() }
  package func prepareDouble(_ site: Site<Double>) throws(OperatorError) -> Step<Double> { rerun() }

  private func rerun<T: EvaluationLane>() -> Step<T> {
    Step { evaluation throws(OperatorError) in
      let last = operation.inputs.count
      let gradients = try operation.gradients(
        Array(evaluation.inputs.prefix(last)), outputGradient: evaluation.tensor(last), of: [index],
        as: T.self,
        in: EvaluationContext(threads: evaluation.threads))
      guard let gradient = gradients[index] else {
        throw OperatorError("gradient", found: "none", expected: "one of input \(index)")
      }
      evaluation.output(0).withSpan { $0.copy(Elements<T>(gradient).span, to: 0) }
    }
  }

  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let last = operation.inputs.count
    let head = operands.input(last)
    return operation.gradientBound(
      of: index,
      BoundOperands(
        inputs: Array(operands.inputs.prefix(last)), outputShape: head.shape,
        reference: Elements(head.widened)))
  }
}

extension GradientOf: DeclaresAlternatives {
  /// The operator's own, and what becomes of a gradient alone.
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] {
    let last = operation.inputs.count
    let head = inputs.indices.contains(last) ? inputs[last] : nil
    let forward = (operation as? any DeclaresAlternatives)?.alternatives(Array(inputs.prefix(last))) ?? []
    let own = forward.compactMap { alternative -> Alternative? in
      guard let altered = alternative.operation as? O else { return nil }
      return Alternative(
        alternative.cause, remedy: alternative.remedy, operation: GradientOf(altered, index: index),
        inputs: { inputs in
          var inner = Array(inputs.prefix(last))
          alternative.inputs(&inner)
          inputs = inner + [head]
        })
    }
    return own
      + operation.gradientAlternatives(of: index, inputs).map { other in
        Alternative(other.cause, remedy: other.remedy, operation: self, restored: other.restored)
      }
  }
}

/// What a program may give for a gradient instead.
package struct GradientAlternative: Sendable {
  let cause: String
  let remedy: String
  /// The recorded gradient as it should be; nil where it cannot be.
  let restored: @Sendable (Tensor) -> Tensor?

  init(_ cause: String, remedy: String, restored: @escaping @Sendable (Tensor) -> Tensor?) {
    self.cause = cause
    self.remedy = remedy
    self.restored = restored
  }
}

extension DifferentiableOperator {
  /// The gradient with respect to an input, as an operator.
  package func gradient(of index: Int) -> any Operator { GradientOf(self, index: index) }
}
