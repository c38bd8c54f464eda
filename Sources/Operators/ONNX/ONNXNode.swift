package import Graphs
package import OrderedCollections
package import Tensors

/// A node of an ONNX graph while it is read: its attributes, and what is known of its inputs.
///
/// Each attribute is asked for by name; what nobody asked for is an error, as in ONNX.
package struct ONNXNode {
  /// What is known of an input before running.
  package struct Input: Sendable {
    package let type: ValueType
    /// The value of a weight, or of folded arithmetic.
    package let constant: Tensor?

    package init(type: ValueType, constant: Tensor?) {
      self.type = type
      self.constant = constant
    }
  }

  package typealias Attributes = OrderedDictionary<String, ONNXAttribute>

  package let op: String
  /// Empty for ONNX's own operators.
  package let domain: String
  /// Of the domain's operator set.
  package let version: Int
  package let attributes: Attributes
  /// Nil where an optional input is left out; none stands at the end.
  package let inputs: [Input?]
  /// Outputs up to the last that is used.
  package let outputCount: Int
  /// Which of the node's inputs stands at each place of the operator's.
  private(set) var order: [Int]
  private var asked: Set<String> = []

  package init(
    op: String, domain: String, version: Int, attributes: Attributes, inputs: [Input?], outputCount: Int
  ) {
    self.op = op
    self.domain = domain
    self.version = version
    self.attributes = attributes
    self.inputs = inputs
    self.outputCount = outputCount
    order = Array(inputs.indices)
  }

  /// Says which of the node's inputs the operator takes, in its own order; the others became attributes.
  package mutating func take(_ inputs: [Int]) { order = inputs }

  /// - Throws: `OperatorError` where an attribute is left that the operator does not have.
  func finish() throws(OperatorError) {
    for name in attributes.keys where !asked.contains(name) {
      throw .attribute(
        name, found: "a name that \(op) does not have in operator set \(version)",
        expected: "one of \(asked.sorted())")
    }
  }

  // MARK: Inputs

  package func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

  /// - Throws: `OperatorError` where there are fewer inputs, or more, or a needed one is left out.
  package func requireInputs(_ required: Int, optional: Int = 0) throws(OperatorError) {
    guard inputs.count <= required + optional, (0..<required).allSatisfy(hasInput) else {
      let given = inputs.indices.filter(hasInput)
      let range = optional == 0 ? "\(required)" : "\(required) to \(required + optional)"
      throw OperatorError(
        "inputs", found: "those at \(given) of \(inputs.count)", expected: "\(range), as \(op) takes")
    }
  }

  package func shape(_ index: Int) -> PartialShape {
    hasInput(index) ? inputs[index]?.type.shape ?? .unknown : .unknown
  }

  package func elementType(_ index: Int) -> ElementType? {
    hasInput(index) ? inputs[index]?.type.elementType : nil
  }

  /// The rank of an input.
  ///
  /// - Throws: `OperatorError` where it is not known yet.
  package func rank(_ index: Int) throws(OperatorError) -> Int {
    guard let rank = shape(index).rank else {
      throw OperatorError(undetermined: "input \(index)", expected: "its rank")
    }
    return rank
  }

  /// One dimension of an input; an axis beyond the last gives an error as well.
  ///
  /// - Throws: `OperatorError` where it is not known yet.
  package func dimension(_ axis: Int, of index: Int) throws(OperatorError) -> Int {
    guard let dimension = shape(index)[axis] else {
      throw OperatorError(undetermined: "input \(index)", expected: "its dimension \(axis)")
    }
    return dimension
  }

  /// The value of an input that says what the operator is; nil where it is left out.
  ///
  /// - Throws: `OperatorError` where the value is not known yet.
  package func constant(_ index: Int) throws(OperatorError) -> Tensor? {
    guard hasInput(index) else { return nil }
    guard let constant = inputs[index]?.constant else {
      throw OperatorError(undetermined: "input \(index)", expected: "its value")
    }
    return constant
  }

  /// The value of such an input as whole numbers; nil where it is left out.
  ///
  /// - Throws: `OperatorError` where the value is not known yet, or is no list of integers.
  package func integers(ofInput index: Int) throws(OperatorError) -> [Int]? {
    guard let tensor = try constant(index) else { return nil }
    guard tensor.elementType == .int64 || tensor.elementType == .int32, tensor.shape.rank <= 1,
      let numbers = tensor.wholeNumbers
    else {
      throw OperatorError(
        "input \(index)", found: "\(tensor.elementType) \(tensor.shape)", expected: "a list of integers")
    }
    return numbers
  }

  /// The value of such an input as one number; nil where it is left out.
  ///
  /// - Throws: `OperatorError` where the value is not known yet, or is no single number.
  package func number(ofInput index: Int) throws(OperatorError) -> Double? {
    guard let tensor = try constant(index) else { return nil }
    guard tensor.shape.count == 1, !tensor.elementType.isOpaque else {
      throw OperatorError(
        "input \(index)", found: "\(tensor.elementType) \(tensor.shape)", expected: "one number")
    }
    return tensor.converted(to: Double.self)[0]
  }

  // MARK: Attributes

  /// Steps over attributes that change how, not what, is computed.
  package mutating func ignore(_ names: String...) { asked.formUnion(names) }

  package mutating func has(_ name: String) -> Bool {
    asked.insert(name)
    return attributes[name] != nil
  }

  private func mismatch(_ name: String, _ expected: String) -> OperatorError {
    .attribute(name, found: attributes[name].map { "\($0.kind)" } ?? "nothing", expected: expected)
  }

  /// Nil where it is not given.
  ///
  /// - Throws: `OperatorError` where it is no integer.
  package mutating func optionalInteger(_ name: String) throws(OperatorError) -> Int? {
    guard has(name) else { return nil }
    guard case .integer(let value)? = attributes[name] else { throw mismatch(name, "INT") }
    return value
  }

  /// - Throws: `OperatorError` where it is no integer, or missing without a default.
  package mutating func integer(_ name: String, default value: Int? = nil) throws(OperatorError) -> Int {
    guard let number = try optionalInteger(name) ?? value else { throw mismatch(name, "INT") }
    return number
  }

  /// - Throws: `OperatorError` where it is neither 0 nor 1.
  package mutating func flag(_ name: String, default value: Bool) throws(OperatorError) -> Bool {
    switch try optionalInteger(name) {
    case nil: return value
    case 0: return false
    case 1: return true
    case let number?: throw .attribute(name, found: "\(number)", expected: "0 or 1")
    }
  }

  /// - Throws: `OperatorError` where it is no number, or missing without a default.
  package mutating func float(_ name: String, default value: Float? = nil) throws(OperatorError) -> Float {
    guard has(name) else {
      guard let value else { throw mismatch(name, "FLOAT") }
      return value
    }
    guard case .float(let number)? = attributes[name] else { throw mismatch(name, "FLOAT") }
    return number
  }

  /// Nil where it is not given.
  ///
  /// - Throws: `OperatorError` where it is no list of integers.
  package mutating func optionalIntegers(_ name: String) throws(OperatorError) -> [Int]? {
    guard has(name) else { return nil }
    switch attributes[name] {
    case .integers(let values): return values
    // An empty list has no type in some files.
    case .floats(let values) where values.isEmpty: return []
    default: throw mismatch(name, "INTS")
    }
  }

  /// - Throws: `OperatorError` where it is no list of integers, or missing without a default.
  package mutating func integers(_ name: String, default value: [Int]? = nil) throws(OperatorError) -> [Int] {
    guard let numbers = try optionalIntegers(name) ?? value else { throw mismatch(name, "INTS") }
    return numbers
  }

  /// Nil where it is not given.
  ///
  /// - Throws: `OperatorError` where it is no list of numbers.
  package mutating func optionalFloats(_ name: String) throws(OperatorError) -> [Float]? {
    guard has(name) else { return nil }
    guard case .floats(let values)? = attributes[name] else { throw mismatch(name, "FLOATS") }
    return values
  }

  /// - Throws: `OperatorError` where it is no text, or missing without a default.
  package mutating func text(_ name: String, default value: String? = nil) throws(OperatorError) -> String {
    guard has(name) else {
      guard let value else { throw mismatch(name, "STRING") }
      return value
    }
    guard case .text(let text)? = attributes[name] else { throw mismatch(name, "STRING") }
    return text
  }

  /// One of a list of words.
  ///
  /// - Throws: `OperatorError` where it is another word.
  package mutating func word<T>(
    _ name: String, _ words: KeyValuePairs<String, T>, default value: String
  ) throws(OperatorError) -> T {
    let text = try text(name, default: value)
    guard let match = words.first(where: { $0.key == text }) else {
      throw .attribute(name, found: "'\(text)'", expected: "one of \(words.map(\.key))")
    }
    return match.value
  }

  /// Nil where it is not given.
  ///
  /// - Throws: `OperatorError` where it is no tensor.
  package mutating func optionalTensor(_ name: String) throws(OperatorError) -> Tensor? {
    guard has(name) else { return nil }
    guard case .tensor(let value)? = attributes[name] else { throw mismatch(name, "TENSOR") }
    return value
  }
}
