internal import Bytes
package import Graphs

/// A tensor with elements added around it, or cut off where a pad is negative: cut first, then padded.
///
/// Input: data of any shape; output: each axis longer by its two pads (ONNX Pad-19, numpy `pad`).
package struct Pad: Operator {
  package static let name = "Pad"

  package enum Mode: String, Codable, Sendable {
    /// `value` everywhere.
    case constant
    /// The outermost element repeats.
    case edge
    /// The tensor is mirrored in its outermost element, which is not repeated.
    case reflect
    /// The tensor repeats.
    case wrap
  }

  package var mode: Mode
  /// Elements before the first along each axis; those below 0 are cut off.
  package var padBegin: [Int]
  /// Elements behind the last along each axis; those below 0 are cut off.
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
    let range = -Int(Int32.max)...Int(Int32.max)
    try requireAttribute("padBegin", padBegin, count: padBegin.count, in: range)
    try requireAttribute("padEnd", padEnd, count: padBegin.count, in: range)
    let data = try inputs.require(0, rank: padBegin.count)
    var output: [Int?] = []
    for (axis, size) in data.enumerated() {
      guard let size else {
        output.append(nil)
        continue
      }
      let (before, behind) = (padBegin[axis], padEnd[axis])
      let (rest, widest) = (size - cut(axis).begin - cut(axis).end, max(before, behind, 0))
      let suffices =
        switch mode {
        case .constant: rest >= 0
        case .edge, .wrap: rest > 0 || (rest == 0 && widest == 0)
        case .reflect: rest > widest || (rest >= 0 && widest == 0)
        }
      guard suffices, let padded = rest.plusChecked(max(before, 0) + max(behind, 0)) else {
        throw .input(
          "data", found: "\(size) elements along axis \(axis)",
          expected: "more, to pad \(before) and \(behind) by \(mode)")
      }
      output.append(padded)
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  /// Elements that are cut off at the two ends of an axis.
  func cut(_ axis: Int) -> (begin: Int, end: Int) { (max(-padBegin[axis], 0), max(-padEnd[axis], 0)) }
}
