package import Graphs

/// One number for all elements along some axes.
///
/// Input: data; output: data's shape without the axes, or with 1 there where `keepsDimensions`.
package struct Reduction: Operator {
  package static let name = "Reduction"

  package enum Function: String, Codable, Sendable, CaseIterable {
    case sum
    case mean
    case max
    case min
    case product
  }

  package var function: Function
  /// The axes that go; negative from the end; empty for all.
  package var axes: [Int]
  /// Whether the axes are instead those that stay.
  package var excludesAxes: Bool
  package var keepsDimensions: Bool
  /// Whether, where all go, one of one element stays: MXNet has no tensors without dimensions.
  package var keepsOneDimension: Bool

  package init(
    _ function: Function, axes: [Int], excludesAxes: Bool = false, keepsDimensions: Bool = false,
    keepsOneDimension: Bool
  ) {
    self.function = function
    self.axes = axes
    self.excludesAxes = excludesAxes
    self.keepsDimensions = keepsDimensions
    self.keepsOneDimension = keepsOneDimension
  }

  package var inputs: [InputName] { [InputName("data")] }

  /// The axes that go, in order.
  ///
  /// - Throws: `OperatorError` where there is no such axis, or one is named twice.
  package func reducedAxes(rank: Int) throws(OperatorError) -> [Int] {
    var named: Set<Int> = []
    for axis in axes {
      guard named.insert(try resolveAxis(axis, rank: rank, attribute: "axes")).inserted else {
        throw .attribute("axes", found: "\(axes)", expected: "each axis once")
      }
    }
    return axes.isEmpty ? Array(0..<rank) : (0..<rank).filter { named.contains($0) != excludesAxes }
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let data = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    let gone = Set(try reducedAxes(rank: data.count))
    var output: [Int?] = []
    for (axis, size) in data.enumerated() {
      if !gone.contains(axis) { output.append(size) } else if keepsDimensions { output.append(1) }
    }
    if output.isEmpty && keepsOneDimension { output = [1] }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}
