internal import Bytes
package import Graphs

/// A tensor cut along an axis; the reverse of `Concat`.
///
/// Input: data; outputs: `count` tensors of equal parts, or of the given sizes.
package struct Split: Operator {
  package static let name = "Split"

  package var count: Int
  /// Negative from the end.
  package var axis: Int
  /// Elements of each part along the axis; empty where all are equal.
  package var sizes: [Int]
  /// Whether parts of one element lose the axis.
  package var squeezesAxis: Bool

  package init(count: Int, axis: Int, sizes: [Int] = [], squeezesAxis: Bool = false) {
    self.count = count
    self.axis = axis
    self.sizes = sizes
    self.squeezesAxis = squeezesAxis
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("count", count, in: inputCountRange)
    if !sizes.isEmpty { try requireAttribute("sizes", sizes, count: count, in: 0...Int(Int32.max)) }
    let elementType = inputs.elementType(0)
    guard let data = inputs.shape(0).dimensions else {
      return Array(repeating: ValueType(elementType, .unknown), count: count)
    }
    let axis = try resolveAxis(axis, rank: data.count)
    return try parts(of: data[axis], axis: axis).map { size in
      var output = data
      output[axis] = size
      if squeezesAxis { output.remove(at: axis) }
      return ValueType(elementType, PartialShape(output))
    }
  }

  /// Elements of each part along the axis; nil where unknown.
  private func parts(of whole: Int?, axis: Int) throws(OperatorError) -> [Int?] {
    // At most 2^16 numbers of 31 bits: the sum fits.
    let parts = sizes.isEmpty ? [Int?](repeating: whole.map { $0 / count }, count: count) : sizes.map { $0 }
    let fits = sizes.isEmpty ? (whole ?? 0) % count == 0 : whole == nil || sizes.reduce(0, +) == whole
    guard fits else {
      throw .input(
        "data", found: "\(whole ?? 0) elements along axis \(axis)",
        expected: sizes.isEmpty ? "a multiple of \(count)" : "the sum of \(sizes)")
    }
    if squeezesAxis, let thick = parts.compactMap({ $0 }).first(where: { $0 != 1 }) {
      throw .attribute(
        "squeezesAxis", found: "parts of \(thick) elements along axis \(axis)", expected: "parts of 1")
    }
    return parts
  }
}
