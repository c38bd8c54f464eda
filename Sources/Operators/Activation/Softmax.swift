package import Graphs

/// Exponentials that are divided by their sum, the largest element subtracted first.
///
/// Inputs: data of any shape, and label where `hasLabel`, which only training reads; output: data's shape.
package struct Softmax: Operator {
  package static let name = "Softmax"

  /// What one sum runs over.
  package enum Span: String, Codable, Sendable {
    /// The elements along `axis`.
    case axis
    /// All elements from `axis` to the last, as one row (MXNet `SoftmaxOutput`, ONNX Softmax before 13).
    case trailing
  }

  /// The axis of the classes; negative from the end.
  package var axis: Int
  package var span: Span
  /// Divides the elements first.
  package var temperature: Double
  /// Whether the node takes labels, as MXNet's `SoftmaxOutput` does.
  package var hasLabel: Bool

  package init(axis: Int, span: Span = .axis, temperature: Double = 1, hasLabel: Bool = false) {
    self.axis = axis
    self.span = span
    self.temperature = temperature
    self.hasLabel = hasLabel
  }

  package var inputs: [InputName] { [InputName("data")] + (hasLabel ? [InputName("label", .label)] : []) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let data = inputs.shape(0)
    guard temperature.isFinite, temperature != 0 else {
      throw .attribute("temperature", found: "\(temperature)", expected: "a finite number other than 0")
    }
    if let dimensions = data.dimensions {
      let axis = try resolveAxis(axis, rank: dimensions.count)
      // MXNet accepts labels of several shapes; only one that nobody declared is completed.
      if hasLabel, inputs.shape(1).rank == nil { try inputs.require(1, try label(dimensions, axis: axis)) }
    }
    return [ValueType(inputs.elementType(0), data)]
  }

  /// The labels' shape as MXNet completes it (softmax_output.cc): `[N, positions]` for classes along axis 1
  /// of a map, else data's without the last axis.
  private func label(_ data: [Int?], axis: Int) throws(OperatorError) -> [Int?] {
    guard span == .axis, axis == 1, data.count >= 2 else { return data.dropLast() }
    return [data[0], try productOfDimensions(data[2...], of: "data")]
  }
}
