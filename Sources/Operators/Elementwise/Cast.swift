package import Graphs
internal import OrderedCollections
package import Tensors

/// The same numbers in another element type.
///
/// Input: data of any shape; output: the same shape.
package struct Cast: Operator {
  package static let name = "Cast"

  package var elementType: ElementType

  package init(to elementType: ElementType) { self.elementType = elementType }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard !elementType.isOpaque else {
      throw .attribute("elementType", found: elementType.rawValue, expected: "a type that is computed with")
    }
    return [ValueType(elementType, inputs.shape(0))]
  }
}

extension Cast {
  /// The types that MXNet 1.9 casts to.
  private static let types: [ElementType] = [
    .float32, .float64, .float16, .bfloat16, .uint8, .int8, .int32, .int64, .bool,
  ]

  /// MXNet `Cast` (tensor/elemwise_unary_op.h); mixed precision puts in `amp_cast`.
  package static let mxnet: MXNetDialect<Cast>? = MXNetDialect(
    names: ["Cast", "cast", "_npx_cast", "amp_cast"],
    read: { attributes throws(OperatorError) in
      guard let text = attributes.raw("dtype"), let type = types.first(where: { $0.rawValue == text }) else {
        throw .attribute(
          "dtype", found: attributes.text["dtype"] ?? "nothing", expected: "one of \(types.map(\.rawValue))")
      }
      return Cast(to: type)
    },
    write: { cast throws(OperatorError) in
      guard types.contains(cast.elementType) else {
        throw .attribute(
          "elementType", found: cast.elementType.rawValue, expected: "one of \(types.map(\.rawValue))")
      }
      return ("Cast", ["dtype": cast.elementType.rawValue])
    })
}
