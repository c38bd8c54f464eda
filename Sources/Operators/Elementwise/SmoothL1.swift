package import Graphs
internal import OrderedCollections

/// (σx)²/2 where |x| ≤ 1/σ², else |x| − 1/(2σ²) (mxnet tensor/elemwise_binary_scalar_op_extended.cc;
/// arXiv:1504.08083 eq. 3).
package struct SmoothL1: Operator {
  package static let name = "SmoothL1"

  package var sigma: Double

  package init(sigma: Double) { self.sigma = sigma }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension SmoothL1 {
  /// MXNet `smooth_l1`, whose scalar is σ.
  package static let mxnet: MXNetDialect<SmoothL1>? = MXNetDialect(
    names: ["smooth_l1", "_npx_smooth_l1"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("is_int")
      return SmoothL1(sigma: try attributes.double("scalar", default: 1))
    },
    write: { loss throws(OperatorError) in ("smooth_l1", ["scalar": "\(loss.sigma)"]) })
}
