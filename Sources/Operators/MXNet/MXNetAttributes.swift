package import OrderedCollections

/// Reads a node's attribute texts as MXNet's own parsers do (dmlc `parameter.h`, mxnet `tuple.h`).
///
/// Each attribute is asked for by name; what nobody asked for is an error, as in MXNet.
package struct MXNetAttributes {
  package typealias Text = OrderedDictionary<String, String>

  package let text: Text
  /// The operator's name in the file: some attributes have another default under an old name.
  package let op: String
  private var asked: Set<String> = []
  private var takesAll = false

  package init(_ text: Text, op: String) {
    self.text = text
    self.op = op
  }

  /// The attribute's text, or nil where it is not given.
  package mutating func raw(_ name: String) -> String? {
    asked.insert(name)
    return text[name]
  }

  /// Steps over attributes that change how, not what, the framework computes.
  package mutating func ignore(_ names: String...) { asked.formUnion(names) }

  /// Steps over every attribute that nobody asked for: `Custom` operators take any.
  package mutating func ignoreOthers() { takesAll = true }

  /// - Throws: `OperatorError` where an attribute is left that MXNet would refuse as well.
  func finish() throws(OperatorError) {
    if takesAll { return }
    for name in text.keys where !asked.contains(name) && !Self.isHidden(name) {
      throw .attribute(name, found: "a name that \(op) does not have", expected: "one of \(asked.sorted())")
    }
  }

  /// Whether MXNet keeps the attribute for itself: hints of training and placement.
  ///
  /// Bare names are the spelling before 0.9, and also end names of inputs: `weight_lr_mult`
  /// (mxnet `c_api_symbolic.cc` `kHiddenKeys`).
  package static func isHidden(_ name: String) -> Bool {
    if name.hasPrefix("__") && name.hasSuffix("__") { return true }
    return ["ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage"].contains {
      name == $0 || name.hasSuffix("_" + $0)
    }
  }

  private func malformed(_ name: String, _ expected: String) -> OperatorError {
    .attribute(name, found: text[name].map { "'\($0)'" } ?? "nothing", expected: expected)
  }

  // MARK: Scalars

  /// - Throws: `OperatorError` where it is missing or no 32-bit integer.
  package mutating func integer(_ name: String) throws(OperatorError) -> Int {
    guard let text = raw(name), let value = parseInteger(text) else {
      throw malformed(name, "an integer such as '4'")
    }
    return value
  }

  /// - Throws: `OperatorError` where it is no 32-bit integer.
  package mutating func integer(_ name: String, default value: Int) throws(OperatorError) -> Int {
    raw(name) == nil ? value : try integer(name)
  }

  /// - Throws: `OperatorError` where it is neither an integer nor `None`.
  package mutating func optionalInteger(_ name: String) throws(OperatorError) -> Int? {
    guard let text = raw(name), text != "None" else { return nil }
    return try integer(name)
  }

  /// - Throws: `OperatorError` where it is no boolean.
  package mutating func boolean(_ name: String, default value: Bool) throws(OperatorError) -> Bool {
    guard let text = raw(name) else { return value }
    switch text.lowercased() {
    case "true", "1": return true
    case "false", "0": return false
    default: throw malformed(name, "'True' or 'False'")
    }
  }

  /// A number that MXNet keeps in fp32, rounded so.
  ///
  /// - Throws: `OperatorError` where it is missing without a default, or no number.
  package mutating func float(_ name: String, default value: Float? = nil) throws(OperatorError) -> Float {
    guard let text = raw(name) else {
      if let value { return value }
      throw malformed(name, "a number")
    }
    guard let parsed: Float = parseNumber(text) else { throw malformed(name, "a number such as '0.1'") }
    return parsed
  }

  /// A number that MXNet or Python keeps in fp64.
  ///
  /// - Throws: `OperatorError` where it is missing without a default, or no number.
  package mutating func double(_ name: String, default value: Double? = nil) throws(OperatorError) -> Double {
    guard let text = raw(name) else {
      if let value { return value }
      throw malformed(name, "a number")
    }
    guard let parsed: Double = parseNumber(text) else { throw malformed(name, "a number such as '0.1'") }
    return parsed
  }

  /// One of a list of words.
  ///
  /// - Throws: `OperatorError` where it is another word, or missing without a default.
  package mutating func word<T>(
    _ name: String, _ words: KeyValuePairs<String, T>, default value: T? = nil
  ) throws(OperatorError) -> T {
    guard let text = raw(name) else {
      if let value { return value }
      throw malformed(name, "one of \(words.map(\.key))")
    }
    guard let match = words.first(where: { $0.key == text }) else {
      throw malformed(name, "one of \(words.map(\.key))")
    }
    return match.value
  }

  // MARK: Tuples

  /// A tuple of integers such as `(3, 3)`, `[3,3]`, `(3L, 3L)`; a bare number is a tuple of one.
  ///
  /// - Throws: `OperatorError` where it is no tuple, or missing without a default.
  package mutating func tuple(_ name: String, default value: [Int]? = nil) throws(OperatorError) -> [Int] {
    let numbers = try optionalTuple(name, default: value)
    let known = numbers.compactMap { $0 }
    guard known.count == numbers.count else { throw malformed(name, "a tuple of integers such as '(3, 3)'") }
    return known
  }

  /// A tuple such as `(0, None)`; nil where an element is `None`.
  ///
  /// - Throws: `OperatorError` where it is no such tuple, or missing without a default.
  package mutating func optionalTuple(
    _ name: String, default value: [Int?]? = nil
  ) throws(OperatorError) -> [Int?] {
    guard let text = raw(name) else {
      if let value { return value }
      throw malformed(name, "a tuple such as '(3, 3)'")
    }
    guard let elements = parseTuple(text) else { throw malformed(name, "a tuple such as '(3, 3)'") }
    var numbers: [Int?] = []
    for element in elements {
      // Python 2 wrote its long integers with an L; MXNet's tuples skip it, its scalars do not.
      let number = parseLong(element.hasSuffix("L") ? element.dropLast() : element[...])
      guard number != nil || element == "None" else {
        throw malformed(name, "a tuple of integers such as '(3, 3)'")
      }
      numbers.append(number)
    }
    return numbers
  }

  /// A tuple of numbers such as `(0.5, 1, 2)`.
  ///
  /// - Throws: `OperatorError` where it is no tuple of numbers, or missing without a default.
  package mutating func floats(_ name: String, default value: [Float]? = nil) throws(OperatorError) -> [Float]
  {
    try numbers(name, default: value)
  }

  /// A tuple of numbers that Python keeps in fp64.
  ///
  /// - Throws: `OperatorError` where it is no tuple of numbers, or missing without a default.
  package mutating func doubles(
    _ name: String, default value: [Double]? = nil
  ) throws(OperatorError) -> [Double] {
    try numbers(name, default: value)
  }

  private mutating func numbers<Number: BinaryFloatingPoint & LosslessStringConvertible>(
    _ name: String, default value: [Number]?
  ) throws(OperatorError) -> [Number] {
    guard let text = raw(name) else {
      if let value { return value }
      throw malformed(name, "a tuple such as '(0.5, 1, 2)'")
    }
    guard let elements = parseTuple(text) else { throw malformed(name, "a tuple such as '(0.5, 1, 2)'") }
    var numbers: [Number] = []
    for element in elements {
      guard let number: Number = parseNumber(element) else {
        throw malformed(name, "a tuple of numbers such as '(0.5, 1, 2)'")
      }
      numbers.append(number)
    }
    return numbers
  }
}

// MARK: Texts of numbers

private func trimmed(_ text: some StringProtocol) -> Substring {
  let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
  var rest = Substring(text).drop(while: isBlank)
  while let last = rest.last, isBlank(last) { rest.removeLast() }
  return rest
}

private func parseLong(_ text: some StringProtocol) -> Int? { Int(trimmed(text)) }

/// A decimal integer of 32 bits with optional sign and blanks around.
private func parseInteger(_ text: String) -> Int? {
  parseLong(text).flatMap { (Int(Int32.min)...Int(Int32.max)).contains($0) ? $0 : nil }
}

/// C's spelling of a float, with an optional `f` behind it.
private func parseNumber<Number: BinaryFloatingPoint & LosslessStringConvertible>(_ text: String) -> Number? {
  var digits = trimmed(text)
  guard !digits.isEmpty else { return nil }
  let lower = digits.lowercased()
  if ["nan", "+nan", "-nan"].contains(lower) { return .nan }
  if ["inf", "+inf", "infinity", "+infinity"].contains(lower) { return .infinity }
  if ["-inf", "-infinity"].contains(lower) { return -.infinity }
  if digits.hasSuffix("f") || digits.hasSuffix("F") { digits.removeLast() }
  // Swift would also take hexadecimal floats and its own spellings of infinity.
  guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }) else { return nil }
  return Number(String(digits))
}

/// The elements of `(a, b)`, `[a, b]` or a bare `a`; nil where brackets or commas are off.
private func parseTuple(_ text: String) -> [String]? {
  var rest = trimmed(text)
  guard let first = rest.first else { return nil }
  if first == "(" || first == "[" {
    guard rest.last == (first == "(" ? ")" : "]"), rest.count >= 2 else { return nil }
    rest = trimmed(rest.dropFirst().dropLast())
    if rest.isEmpty { return [] }
    if rest.last == "," { rest.removeLast() }
    let elements = rest.split(separator: ",", omittingEmptySubsequences: false).map { String(trimmed($0)) }
    return elements.contains("") ? nil : elements
  }
  return rest.contains(",") ? nil : [String(rest)]
}
