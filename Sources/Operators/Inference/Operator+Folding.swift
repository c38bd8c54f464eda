package import Graphs
package import Tensors

/// An operator whose output follows from its inputs' shapes alone, whatever their elements.
protocol DeterminedByShapes: Operator {
  /// The output; nil while a shape is not known.
  func value(_ inputs: InferredInputs) -> Tensor?
}

/// Elements of a value that is folded: shapes and what is computed from them are far smaller.
let foldingLimit = 1 << 16

extension Operator {
  /// The outputs, where they are small and follow from constants and shapes; else none.
  func folded(_ inputs: InferredInputs, outputs: [ValueType]) -> [Tensor] {
    if let known = self as? any DeterminedByShapes { return known.value(inputs).map { [$0] } ?? [] }
    return foldedFromConstants(inputs, outputs: outputs)
  }

  /// The outputs, where they are small and follow from constants alone; else none.
  ///
  /// Only for types that evaluation keeps as they are: what fp16 or fp64 arithmetic would give is left to the run.
  package func foldedFromConstants(_ inputs: InferredInputs, outputs: [ValueType]) -> [Tensor] {
    let present = inputs.types.indices.filter(inputs.isPresent)
    let constants = present.compactMap(inputs.constant)
    guard !present.isEmpty, constants.count == present.count, !(self is Deferred),
      constants.allSatisfy({ $0.shape.count <= foldingLimit && Self.isFolded($0.elementType) }),
      outputs.allSatisfy({ ($0.shape.complete?.count ?? .max) <= foldingLimit })
    else { return [] }
    // A fault is found again, and told, when the node is run.
    return (try? evaluate(inputs.constants, as: Float.self)) ?? []
  }

  private static func isFolded(_ type: ElementType) -> Bool {
    !type.isOpaque && (!type.isFloatingPoint || type == .float32)
  }
}
