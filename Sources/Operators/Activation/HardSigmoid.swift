package import Graphs
internal import OrderedCollections

/// alpha·x + beta, cut to 0 and 1.
package struct HardSigmoid: Operator {
  package static let name = "HardSigmoid"

  package var alpha: Double
  package var beta: Double

  package init(alpha: Double, beta: Double) {
    self.alpha = alpha
    self.beta = beta
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension HardSigmoid {
  /// MXNet `hard_sigmoid` (tensor/elemwise_unary_op.h).
  package static let mxnet: MXNetDialect<HardSigmoid>? = MXNetDialect(
    names: ["hard_sigmoid"],
    read: { attributes throws(OperatorError) in
      HardSigmoid(
        alpha: Double(try attributes.float("alpha", default: 0.2)),
        beta: Double(try attributes.float("beta", default: 0.5)))
    },
    write: { activation throws(OperatorError) in
      (
        "hard_sigmoid",
        [
          "alpha": MXNetAttributes.Text.number(activation.alpha),
          "beta": MXNetAttributes.Text.number(activation.beta),
        ]
      )
    })
}
