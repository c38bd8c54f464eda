package import Graphs
internal import OrderedCollections

/// Each element divided by (bias + alpha/size · Σx²)^beta, the sum over the `size` channels around its own.
///
/// Input: data `[N, C, H, W]`; output: data's shape (mxnet nn/lrn-inl.h; Krizhevsky et al. 2012, section 3.3).
package struct LRN: Operator {
  package static let name = "LRN"

  /// Channels in a sum; those beyond the first and last count as 0.
  package var size: Int
  package var alpha: Double
  package var beta: Double
  package var bias: Double

  package init(size: Int, alpha: Double, beta: Double, bias: Double) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("size", size, in: countRange)
    guard size % 2 == 1 else {
      throw .attribute("size", found: "\(size)", expected: "an odd number: as many channels on either side")
    }
    _ = try inputs.require(0, rank: 4)
    return [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension LRN {
  /// MXNet `LRN`, whose second output is hidden.
  package static let mxnet: MXNetDialect<LRN>? = MXNetDialect(
    names: ["LRN"],
    read: { attributes throws(OperatorError) in
      LRN(
        size: try attributes.integer("nsize"), alpha: Double(try attributes.float("alpha", default: 1e-4)),
        beta: Double(try attributes.float("beta", default: 0.75)),
        bias: Double(try attributes.float("knorm", default: 2)))
    },
    write: { norm throws(OperatorError) in
      (
        "LRN",
        [
          "nsize": "\(norm.size)", "alpha": MXNetAttributes.Text.number(norm.alpha),
          "beta": MXNetAttributes.Text.number(norm.beta), "knorm": MXNetAttributes.Text.number(norm.bias),
        ]
      )
    })
}
