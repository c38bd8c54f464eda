package import Graphs
internal import OrderedCollections
package import Tensors

/// The input itself.
package struct Identity: Operator {
  package static let name = "Identity"

  /// Whether training takes the input as a constant.
  package var blocksGradient: Bool

  package init(blocksGradient: Bool = false) { self.blocksGradient = blocksGradient }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension Identity {
  /// MXNet `identity` and `BlockGrad`.
  package static let mxnet: MXNetDialect<Identity>? = MXNetDialect(
    names: ["identity", "_copy", "BlockGrad", "stop_gradient"],
    read: { attributes throws(OperatorError) in
      Identity(blocksGradient: ["BlockGrad", "stop_gradient"].contains(attributes.op))
    },
    write: { identity throws(OperatorError) in (identity.blocksGradient ? "BlockGrad" : "identity", [:]) })
}

extension Identity {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> { .alias() }
}
