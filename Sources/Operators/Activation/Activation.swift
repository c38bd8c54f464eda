package import Graphs
internal import OrderedCollections

/// A function of each element without parameters.
///
/// Input: data of any shape; output: the same shape (mxnet nn/activation-inl.h).
package struct Activation: Operator {
  package static let name = "Activation"

  package enum Function: String, Codable, Sendable, CaseIterable {
    /// max(x, 0); NaN stays NaN.
    case relu
    /// 1 / (1 + exp(−x)).
    case sigmoid
    case tanh
    /// log(1 + exp(x)).
    case softrelu
    /// x / (1 + |x|).
    case softsign
  }

  package var function: Function

  package init(_ function: Function) { self.function = function }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension Activation {
  /// MXNet `Activation`, and the same functions as operators of their own.
  package static let mxnet: MXNetDialect<Activation>? = MXNetDialect(
    names: [
      "Activation", "_npx_activation", "relu", "_npx_relu", "sigmoid", "_npx_sigmoid", "tanh", "softsign",
    ],
    read: { attributes throws(OperatorError) in
      let name = attributes.op.hasPrefix("_npx_") ? attributes.op.dropFirst(5) : attributes.op[...]
      if let function = Function(rawValue: String(name)) { return Activation(function) }
      attributes.ignore("cudnn_off")
      return Activation(
        try attributes.word(
          "act_type",
          [
            "relu": .relu, "sigmoid": .sigmoid, "tanh": .tanh, "softrelu": .softrelu, "softsign": .softsign,
          ]))
    },
    write: { activation throws(OperatorError) in ("Activation", ["act_type": activation.function.rawValue]) })
}
