extension JSONValue {
  /// Budgets of a document from a file; tests take smaller ones.
  package struct Budget: Sendable {
    package var bytes = Limits.jsonBytes
    package var depth = Limits.jsonDepth
    package var values = Limits.jsonValues

    package init() {}
  }

  /// Reads a whole JSON document, strictly: no comments, no trailing commas, no NaN, no key twice, nothing
  /// behind it.
  ///
  /// - Throws: `ByteError` with the byte and the way to it: `nodes[3].attrs`.
  /// - Complexity: linear in the bytes.
  package init(
    parsing bytes: RawSpan, file: String, budget: Budget = Budget()
  ) throws(ByteError) {
    guard bytes.byteCount <= budget.bytes else {
      let size = "a JSON document of \(bytes.byteCount) bytes"
      throw ByteError(.limit(name: "jsonBytes", found: size, limit: budget.bytes), file: file)
    }
    var parser = JSONParser(bytes, file: file, budget: budget)
    self = try parser.document()
  }

  /// Reads a mapped JSON document.
  ///
  /// - Throws: `ByteError` with the byte and the way to it.
  package init(parsing file: MappedFile, budget: Budget = Budget()) throws(ByteError) {
    try self.init(parsing: file.bytes, file: file.path, budget: budget)
  }
}

/// A cursor over JSON text; it descends by recursion, no deeper than the budget allows.
struct JSONParser: ~Escapable {
  /// A step from the document to the value that is being read.
  private enum Step {
    case key(String)
    case index(Int)
  }

  let units: Span<UInt8>
  /// Bytes from the start to the next one.
  var position = 0
  private let file: String
  private let budget: JSONValue.Budget
  private var values = 0
  private var path: [Step] = []

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, file: String, budget: JSONValue.Budget) {
    units = Span<UInt8>(_bytes: bytes)
    self.file = file
    self.budget = budget
  }

  /// The next byte; nil at the end.
  var next: UInt8? { position < units.count ? units[position] : nil }

  @_lifetime(self: copy self)
  mutating func document() throws(ByteError) -> JSONValue {
    let value = try value()
    skipBlanks()
    guard next == nil else { throw unexpected("the end of the document") }
    return value
  }

  @_lifetime(self: copy self)
  private mutating func value() throws(ByteError) -> JSONValue {
    values += 1
    guard values <= budget.values else {
      throw error(.limit(name: "jsonValues", found: "a document of more values", limit: budget.values))
    }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .list(try list())
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "-"): return try number()
    case let unit? where unit >= UInt8(ascii: "0") && unit <= UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw unexpected("a JSON value")
    }
  }

  @_lifetime(self: copy self)
  private mutating func object() throws(ByteError) -> JSONObject {
    try descend(.key(""))
    var object = JSONObject()
    if try isEnd(UInt8(ascii: "}"), first: true) { return object }
    repeat {
      skipBlanks()
      let start = position
      guard next == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
      let key = try text()
      path[path.count - 1] = .key(key)
      skipBlanks()
      guard next == UInt8(ascii: ":") else { throw unexpected("':'") }
      position += 1
      guard object.append(key, try value()) else {
        throw error(.content(found: "this key twice", expected: "each key once"), at: start)
      }
    } while try !isEnd(UInt8(ascii: "}"), first: false)
    return object
  }

  @_lifetime(self: copy self)
  private mutating func list() throws(ByteError) -> [JSONValue] {
    try descend(.index(0))
    var list: [JSONValue] = []
    if try isEnd(UInt8(ascii: "]"), first: true) { return list }
    repeat {
      path[path.count - 1] = .index(list.count)
      list.append(try value())
    } while try !isEnd(UInt8(ascii: "]"), first: false)
    return list
  }

  /// Enters the list or object whose bracket is next.
  @_lifetime(self: copy self)
  private mutating func descend(_ step: Step) throws(ByteError) {
    guard path.count < budget.depth else {
      let found = "a list or object inside \(path.count) others"
      throw error(.limit(name: "jsonDepth", found: found, limit: budget.depth))
    }
    position += 1
    path.append(step)
  }

  /// Whether the list or object ends here; steps over its bracket, or over the comma before a further member.
  @_lifetime(self: copy self)
  private mutating func isEnd(_ bracket: UInt8, first: Bool) throws(ByteError) -> Bool {
    skipBlanks()
    if next == bracket {
      position += 1
      path.removeLast()
      return true
    }
    if first { return false }
    guard next == UInt8(ascii: ",") else {
      throw unexpected("',' or '\(Character(Unicode.Scalar(bracket)))'")
    }
    position += 1
    return false
  }

  @_lifetime(self: copy self)
  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(ByteError) -> JSONValue {
    let letters = "\(word)".utf8
    guard units.count - position >= letters.count,
      letters.enumerated().allSatisfy({ units[position + $0.offset] == $0.element })
    else { throw unexpected("'\(word)'") }
    position += letters.count
    return value
  }

  @_lifetime(self: copy self)
  private mutating func skipBlanks() {
    var place = position
    while place < units.count {
      let unit = units[place]
      guard unit == 0x20 || unit == 0x0A || unit == 0x0D || unit == 0x09 else { break }
      place += 1
    }
    position = place
  }

  // MARK: Errors

  func error(_ reason: ByteError.Reason, at offset: Int? = nil) -> ByteError {
    var field = ""
    for step in path {
      switch step {
      case .key(let key): field += (field.isEmpty || key.isEmpty ? "" : ".") + key
      case .index(let index): field += "[\(index)]"
      }
    }
    return ByteError(reason, file: file, offset: offset ?? position, field: field)
  }

  /// An error at the next byte, which is not what the grammar asks for.
  func unexpected(_ expected: String) -> ByteError {
    let found =
      switch next {
      case nil: "the end of the file"
      case let unit? where unit > 0x20 && unit < 0x7F: "'\(Character(Unicode.Scalar(unit)))'"
      case let unit?: "byte 0x" + (unit < 16 ? "0" : "") + String(unit, radix: 16)
      }
    return error(.content(found: found, expected: expected))
  }
}
