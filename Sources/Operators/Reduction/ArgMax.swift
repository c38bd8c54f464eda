package import Graphs
package import Tensors

/// The place of the largest or smallest element along an axis, the first of equal ones.
///
/// Input: data; output: data's shape without the axis, or with 1 there where `keepsDimension`.
package struct ArgMax: Operator {
  package static let name = "ArgMax"

  package enum Function: String, Codable, Sendable {
    case max
    case min
  }

  package var function: Function
  /// Negative from the end; nil for all elements in memory order.
  package var axis: Int?
  package var keepsDimension: Bool
  /// Whether, where no dimension is left, one of one element stays: MXNet has no tensors without dimensions.
  package var keepsOneDimension: Bool
  /// What the places are given as; nil for the data's own type, as MXNet gives them.
  package var elementType: ElementType?

  package init(
    _ function: Function, axis: Int?, keepsDimension: Bool = false, keepsOneDimension: Bool,
    elementType: ElementType? = nil
  ) {
    self.function = function
    self.axis = axis
    self.keepsDimension = keepsDimension
    self.keepsOneDimension = keepsOneDimension
    self.elementType = elementType
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let type = elementType ?? inputs.elementType(0)
    guard !(type?.isOpaque ?? false) else {
      throw .attribute("elementType", found: type?.rawValue ?? "", expected: "a type of numbers")
    }
    guard let data = inputs.shape(0).dimensions else { return [ValueType(type, .unknown)] }
    var output = axis == nil ? data.map { _ in 1 } : data
    if let axis {
      let axis = try resolveAxis(axis, rank: data.count)
      if keepsDimension { output[axis] = 1 } else { output.remove(at: axis) }
    } else if !keepsDimension {
      output = []
    }
    return [ValueType(type, PartialShape(output.isEmpty && keepsOneDimension ? [1] : output))]
  }
}
