package import Graphs
internal import OrderedCollections

/// Each element, but no less than one bound and no more than another.
///
/// Input: data of any shape; output: the same shape. Where the bounds are the wrong way round, elements above the upper
/// one become it, and all others the lower one (mxnet tensor/matrix_op-inl.h, `clip`).
package struct Clip: Operator {
  package static let name = "Clip"

  /// May be infinite.
  package var minimum: Double
  package var maximum: Double

  package init(minimum: Double, maximum: Double) {
    self.minimum = minimum
    self.maximum = maximum
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    for (name, bound) in [("minimum", minimum), ("maximum", maximum)] where bound.isNaN {
      throw .attribute(name, found: "NaN", expected: "a number")
    }
    return [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}

extension Clip {
  /// MXNet `clip` (tensor/matrix_op-inl.h).
  package static let mxnet: MXNetDialect<Clip>? = MXNetDialect(
    names: ["clip"],
    read: { attributes throws(OperatorError) in
      Clip(minimum: Double(try attributes.float("a_min")), maximum: Double(try attributes.float("a_max")))
    },
    write: { clip throws(OperatorError) in
      (
        "clip",
        [
          "a_min": MXNetAttributes.Text.number(clip.minimum),
          "a_max": MXNetAttributes.Text.number(clip.maximum),
        ]
      )
    })
}
