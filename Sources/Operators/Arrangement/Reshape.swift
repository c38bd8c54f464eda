internal import Bytes
package import Graphs

/// The same elements in the same memory order under another shape.
///
/// `shape` is written in MXNet's codes (tensor/matrix_op-inl.h, InferReshapeShape); each but −2 to −4 makes one
/// dimension and passes over one of the input's:
/// a positive number is that many elements; 0 copies the input's dimension; −1, once, takes what is left;
/// −2 copies all that remain; −3 multiplies the next two; −4, followed by two numbers, splits the next one.
package struct Reshape: Operator {
  package static let name = "Reshape"

  package var shape: [Int]
  /// Whether codes and dimensions are matched from the last to the first.
  package var reversed: Bool
  /// Whether 0 is a dimension without elements, not a copy (ONNX Reshape-14, `allowzero`).
  package var allowsZero: Bool

  package init(_ shape: [Int], reversed: Bool = false, allowsZero: Bool = false) {
    self.shape = shape
    self.reversed = reversed
    self.allowsZero = allowsZero
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    // -4 and its two numbers make two dimensions.
    try requireAttribute("shape", shape.count, in: 0...2 * Limits.dimensions)
    for code in shape { try requireAttribute("shape", code, in: -4...Int.max) }
    guard let data = inputs.shape(0).dimensions else {
      // Literal dimensions are known all the same.
      let isLiteral = shape.allSatisfy { $0 >= -1 }
      let output =
        isLiteral ? PartialShape(shape.map { $0 > 0 || (allowsZero && $0 == 0) ? $0 : nil }) : .unknown
      return [ValueType(inputs.elementType(0), output)]
    }
    var walk = ReshapeWalk(
      codes: reversed ? shape.reversed() : shape, source: reversed ? data.reversed() : data,
      allowsZero: allowsZero)
    let output = try walk.run()
    return [ValueType(inputs.elementType(0), PartialShape(reversed ? output.reversed() : output))]
  }
}

/// Matches codes with dimensions, and keeps account of what −1 stands for.
private struct ReshapeWalk {
  let codes: [Int]
  let source: [Int?]
  let allowsZero: Bool
  private var output: [Int?] = []
  /// The next of the input's dimensions; may run past the last.
  private var next = 0
  /// Where −1 stands in the output.
  private var inferred: Int?
  /// Dimensions of the input that no code copies, and those that a number names instead.
  private var replaced: [Int?] = []
  private var literals: [Int?] = []

  init(codes: [Int], source: [Int?], allowsZero: Bool) {
    self.codes = codes
    self.source = source
    self.allowsZero = allowsZero
  }

  mutating func run() throws(OperatorError) -> [Int?] {
    var index = 0
    while index < codes.count {
      switch codes[index] {
      case 0 where !allowsZero: output.append(try take())
      case -1:
        guard inferred == nil else { throw refused("one -1") }
        inferred = output.count
        output.append(nil)
        pass()
      case -2: while next < source.count { output.append(try take()) }
      case -3: output.append(try productOfDimensions([try take(), try take()], of: "data"))
      case -4:
        guard index + 2 < codes.count else { throw refused("two numbers after -4") }
        output += try split(codes[index + 1], codes[index + 2])
        index += 2
      default:
        output.append(codes[index])
        literals.append(codes[index])
        pass()
      }
      index += 1
    }
    while next < source.count { pass() }
    try settle()
    return output
  }

  private func refused(_ expected: String) -> OperatorError {
    .attribute("shape", found: "\(codes) for \(PartialShape(source))", expected: expected)
  }

  private mutating func take() throws(OperatorError) -> Int? {
    guard next < source.count else { throw refused("no more codes than dimensions") }
    next += 1
    return source[next - 1]
  }

  private mutating func pass() {
    if next < source.count { replaced.append(source[next]) }
    next += 1
  }

  private mutating func split(_ first: Int, _ second: Int) throws(OperatorError) -> [Int?] {
    let whole = try take()
    guard first >= 1 || first == -1, second >= 1 || second == -1, max(first, second) > 0 else {
      throw refused("two numbers after -4, one of which may be -1")
    }
    guard let whole else { return [first > 0 ? first : nil, second > 0 ? second : nil] }
    let (a, b) = (first > 0 ? first : whole / second, second > 0 ? second : whole / first)
    guard a.timesChecked(b) == whole else { throw refused("numbers after -4 that divide \(whole)") }
    return [a, b]
  }

  /// Elements are neither lost nor made: what was replaced equals what the numbers and −1 name.
  private mutating func settle() throws(OperatorError) {
    let had = try productOfDimensions(replaced, of: "data")
    guard let named = try productOfDimensions(literals, of: "data"), let had else { return }
    guard let inferred else {
      guard had == named else { throw refused("as many elements as the data has") }
      return
    }
    guard named > 0, had % named == 0 else { throw refused("numbers that divide the data's elements") }
    output[inferred] = had / named
  }
}
