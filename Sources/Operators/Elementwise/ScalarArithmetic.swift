package import Graphs
internal import Tensors

/// Arithmetic of each element with one number that the node holds.
///
/// Input: data of any shape; output: the same shape.
package struct ScalarArithmetic: Operator {
  package static let name = "ScalarArithmetic"

  package var function: Binary.Function
  /// Rounded to the data's type before it is used.
  package var scalar: Double
  /// Whether the number is the left operand: scalar − x, scalar / x, scalar to the power of x.
  package var scalarIsLeft: Bool

  package init(_ function: Binary.Function, _ scalar: Double, scalarIsLeft: Bool = false) {
    self.function = function
    self.scalar = scalar
    self.scalarIsLeft = scalarIsLeft
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    if let type = inputs.elementType(0), !type.isFloatingPoint, scalar != scalar.rounded() {
      throw .attribute("scalar", found: "\(scalar)", expected: "a whole number for \(type.rawValue) data")
    }
    return [ValueType(inputs.elementType(0), inputs.shape(0))]
  }
}
