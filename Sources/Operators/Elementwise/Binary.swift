package import Graphs

/// Arithmetic on two tensors, element by element.
///
/// Inputs: left and right, of one shape, or, where `broadcasts`, of shapes whose dimensions agree or are 1,
/// aligned at the last; output: the common shape.
package struct Binary: Operator {
  package static let name = "Binary"

  package enum Function: String, Codable, Sendable, CaseIterable {
    case add
    case subtract
    case multiply
    case divide
    case maximum
    case minimum
    /// left to the power of right.
    case power
  }

  package var function: Function
  /// Whether dimensions of 1 are repeated.
  package var broadcasts: Bool

  package init(_ function: Function, broadcasts: Bool) {
    self.function = function
    self.broadcasts = broadcasts
  }

  package var inputs: [InputName] { [InputName("left"), InputName("right")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let elementType = inputs.elementType(0) ?? inputs.elementType(1)
    guard broadcasts else {
      if let left = inputs.shape(0).dimensions { try inputs.require(1, left) }
      if let right = inputs.shape(1).dimensions { try inputs.require(0, right) }
      return [ValueType(elementType, inputs.shape(0))]
    }
    guard let left = inputs.shape(0).dimensions, let right = inputs.shape(1).dimensions else {
      return [ValueType(elementType, .unknown)]
    }
    return [ValueType(elementType, PartialShape(try broadcast(left, right, input: "right")))]
  }
}
