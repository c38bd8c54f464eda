internal import Bytes
package import Graphs

/// A tensor with elements added around it.
package struct Pad: Operator {
  package static let name = "Pad"

  package enum Mode: String, Codable, Sendable {
    /// `value` everywhere.
    case constant
    /// The outermost element repeats.
    case edge
    /// The tensor is mirrored in its outermost element, which is not repeated.
    case reflect
  }

  package var mode: Mode
  /// Elements before the first along each axis.
  package var padBegin: [Int]
  /// Elements behind the last along each axis.
  package var padEnd: [Int]
  /// What `constant` adds; 0 for the others.
  package var value: Double

  package init(_ mode: Mode, padBegin: [Int], padEnd: [Int], value: Double = 0) {
    self.mode = mode
    self.padBegin = padBegin
    self.padEnd = padEnd
    self.value = value
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("padBegin", padBegin, count: padBegin.count, in: 0...Int(Int32.max))
    try requireAttribute("padEnd", padEnd, count: padBegin.count, in: 0...Int(Int32.max))
    let data = try inputs.require(0, rank: padBegin.count)
    var output: [Int?] = []
    for (axis, size) in data.enumerated() {
      guard let size else {
        output.append(nil)
        continue
      }
      let widest = max(padBegin[axis], padEnd[axis])
      guard widest == 0 || mode == .constant || (mode == .edge && size > 0) || widest < size,
        let padded = size.plusChecked(padBegin[axis] + padEnd[axis])
      else {
        throw .input(
          "data", found: "\(size) elements along axis \(axis)", expected: "more, to pad \(widest) by \(mode)")
      }
      output.append(padded)
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }
}
