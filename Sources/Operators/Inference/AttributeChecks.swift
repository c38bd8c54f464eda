internal import Bytes
internal import Graphs

extension Operator {
  /// Checks the attributes, as far as they can be without inputs.
  ///
  /// - Throws: `OperatorError` where no such computation exists.
  package func validate() throws(OperatorError) {
    let names = inputs
    var unknown = InferredInputs(
      types: names.map { _ in .unknown }, constants: names.map { _ in nil }, names: names)
    _ = try infer(&unknown)
  }
}

/// Checks one integer of an operator; attributes may come from a hostile file.
///
/// - Throws: `OperatorError` where it is out of range.
func requireAttribute(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(OperatorError) {
  guard range.contains(value) else {
    let expected =
      range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    throw .attribute(name, found: "\(value)", expected: expected)
  }
}

/// Checks each of a list of integers, and their count.
///
/// - Throws: `OperatorError` where one is out of range or there are more or fewer.
func requireAttribute(
  _ name: String, _ values: [Int], count: Int, in range: ClosedRange<Int>
) throws(OperatorError) {
  guard values.count == count else {
    throw .attribute(name, found: "\(values)", expected: "\(count) numbers")
  }
  for value in values { try requireAttribute(name, value, in: range) }
}

/// Checks that a number is neither NaN nor infinite, and not below a bound.
///
/// - Throws: `OperatorError` where it is.
func requireAttribute(_ name: String, _ value: Double, atLeast least: Double) throws(OperatorError) {
  guard value.isFinite, value >= least else {
    throw .attribute(name, found: "\(value)", expected: "a finite number not below \(least)")
  }
}

/// Counts and sizes that any framework can hold: 32 bits.
let countRange = 1...Int(Int32.max)

/// The place of an axis that may be counted from the end.
///
/// - Throws: `OperatorError` where there is no such axis.
func resolveAxis(_ axis: Int, rank: Int, attribute: String = "axis") throws(OperatorError) -> Int {
  guard axis < rank, axis >= -rank else {
    throw .attribute(attribute, found: "\(axis)", expected: "an axis of \(rank) dimensions")
  }
  return axis < 0 ? axis + rank : axis
}

/// The product of dimensions; nil where one is unknown.
///
/// - Throws: `OperatorError` where it does not fit.
func productOfDimensions(_ dimensions: some Sequence<Int?>, of input: String) throws(OperatorError) -> Int? {
  var product = 1
  for dimension in dimensions {
    guard let dimension else { return nil }
    guard let next = product.timesChecked(dimension) else {
      throw .input(input, found: "a product of dimensions beyond 64 bits", expected: "a smaller tensor")
    }
    product = next
  }
  return product
}
