extension JSONParser {
  // MARK: Numbers

  /// A number: an integer where it has neither fraction nor exponent, else the nearest double.
  @_lifetime(self: copy self)
  mutating func number() throws(ByteError) -> JSONValue {
    let start = position
    if next == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try digits("a digit")
    if units[firstDigit] == UInt8(ascii: "0") && position > firstDigit + 1 {
      throw error(.content(found: "a zero before other digits", expected: "a number"), at: start)
    }
    var isInteger = true
    if next == UInt8(ascii: ".") {
      position += 1
      try digits("a digit behind the point")
      isInteger = false
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      try digits("a digit of the exponent")
      isInteger = false
    }
    guard position - start <= Limits.jsonNumberBytes else {
      let found = "a number of \(position - start) bytes"
      throw error(
        .limit(name: "jsonNumberBytes", found: found, limit: Limits.jsonNumberBytes), at: start)
    }
    let literal = String(decoding: (start..<position).map { units[$0] }, as: UTF8.self)
    return try convert(literal, isInteger: isInteger, start: start)
  }

  private func convert(
    _ literal: String, isInteger: Bool, start: Int
  ) throws(ByteError) -> JSONValue {
    if isInteger && literal != "-0" {
      if let value = Int(literal) { return .integer(value) }
      throw error(.content(found: literal, expected: "an integer of 64 bits"), at: start)
    }
    if let value = Double(literal), value.isFinite { return .number(value) }
    throw error(.content(found: literal, expected: "a number that a double holds"), at: start)
  }

  /// Steps over one digit or more.
  @_lifetime(self: copy self)
  private mutating func digits(_ expected: String) throws(ByteError) {
    let start = position
    while let unit = next, unit >= UInt8(ascii: "0"), unit <= UInt8(ascii: "9") { position += 1 }
    if position == start { throw unexpected(expected) }
  }

  // MARK: Texts

  /// The text whose opening quote is next.
  @_lifetime(self: copy self)
  mutating func text() throws(ByteError) -> String {
    position += 1
    let start = position
    try scan()
    if next == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try checked(units.extracting(start..<position), start)
    }
    return try textWithEscapes(start)
  }

  /// Steps to the next quote or backslash.
  @_lifetime(self: copy self)
  private mutating func scan() throws(ByteError) {
    var place = position
    while place < units.count {
      let unit = units[place]
      // A quote, a backslash, or a control character, which no text may hold.
      guard unit >= 0x20, unit != 0x22, unit != 0x5C else { break }
      place += 1
    }
    position = place
    guard let unit = next, unit >= 0x20 else { throw unexpected("the rest of a text, or its '\"'") }
  }

  /// The text from `start`, of which the first escape is next.
  @_lifetime(self: copy self)
  private mutating func textWithEscapes(_ start: Int) throws(ByteError) -> String {
    var bytes: [UInt8] = []
    var copied = start
    while true {
      for index in copied..<position { bytes.append(units[index]) }
      if next == UInt8(ascii: "\"") { break }
      bytes.append(contentsOf: UTF8.encode(try escape()) ?? UTF8.encodedReplacementCharacter)
      copied = position
      try scan()
    }
    position += 1
    return try checked(bytes.span, start)
  }

  private func checked(_ bytes: Span<UInt8>, _ start: Int) throws(ByteError) -> String {
    do throws(TextFault) {
      return try String(checking: bytes)
    } catch {
      // With escapes before it, the fault lies somewhat further in the file than in the text.
      throw self.error(.content(found: error.found, expected: error.expected), at: start + error.offset)
    }
  }

  /// The character of the escape whose backslash is next.
  @_lifetime(self: copy self)
  private mutating func escape() throws(ByteError) -> Unicode.Scalar {
    position += 1
    let letter = next
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      position += 1
      return Unicode.Scalar(letter ?? 0)
    case UInt8(ascii: "b"): return control(0x08)
    case UInt8(ascii: "f"): return control(0x0C)
    case UInt8(ascii: "n"): return control(0x0A)
    case UInt8(ascii: "r"): return control(0x0D)
    case UInt8(ascii: "t"): return control(0x09)
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw unexpected("one of \" \\ / b f n r t u behind a backslash")
    }
  }

  @_lifetime(self: copy self)
  private mutating func control(_ unit: UInt8) -> Unicode.Scalar {
    position += 1
    return Unicode.Scalar(unit)
  }

  /// `uXXXX`, or two of them for a character beyond the basic plane.
  @_lifetime(self: copy self)
  private mutating func unicodeEscape() throws(ByteError) -> Unicode.Scalar {
    let start = position - 1
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    if UTF16.isLeadSurrogate(first), next == UInt8(ascii: "\\") {
      position += 1
      if next == UInt8(ascii: "u") {
        let second = try hexadecimal()
        let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) &- 0xDC00
        if UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(code) { return scalar }
      }
    }
    throw error(
      .content(found: "half of a surrogate pair", expected: "both halves, as '\\ud83d\\ude00'"), at: start)
  }

  /// Four hexadecimal digits behind the `u` that is next.
  @_lifetime(self: copy self)
  private mutating func hexadecimal() throws(ByteError) -> UInt16 {
    position += 1
    var code: UInt16 = 0
    for _ in 0..<4 {
      guard let unit = next, let digit = Character(Unicode.Scalar(unit)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      code = code << 4 | UInt16(digit)
      position += 1
    }
    return code
  }
}
