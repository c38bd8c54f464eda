extension JSONValue {
  package enum Layout: Sendable {
    /// One line, no blanks.
    case compact
    /// Two blanks a level; a list of scalars stays on one line.
    case indented
  }

  /// The value as JSON text in the order of its members: the same value gives the same bytes.
  ///
  /// Doubles are the shortest text that reads back as the same double. JSON has no NaN and no infinities:
  /// they become the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, as in protobuf's JSON.
  package func written(_ layout: Layout = .indented) -> String {
    var writer = JSONWriter(layout: layout)
    writer.write(self)
    return writer.text
  }
}

private struct JSONWriter {
  let layout: JSONValue.Layout
  var text = ""
  private var depth = 0

  init(layout: JSONValue.Layout) { self.layout = layout }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.writtenAsJSON
    case .text(let value): text += value.quotedForJSON
    case .list(let list):
      let isFlat = list.allSatisfy(\.isScalar)
      write("[", "]", list, inline: isFlat) { writer, element in writer.write(element) }
    case .object(let object):
      write("{", "}", object.members, inline: false) { writer, member in
        writer.text += member.key.quotedForJSON + (writer.layout == .compact ? ":" : ": ")
        writer.write(member.value)
      }
    }
  }

  private mutating func write<Element>(
    _ opening: String, _ closing: String, _ elements: [Element], inline: Bool,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    text += opening
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { text += layout == .indented && inline ? ", " : "," }
      if !inline { breakLine() }
      body(&self, element)
    }
    depth -= 1
    if !inline && !elements.isEmpty { breakLine() }
    text += closing
  }

  private mutating func breakLine() {
    guard layout == .indented else { return }
    text += "\n" + String(repeating: "  ", count: depth)
  }
}

extension JSONValue {
  fileprivate var isScalar: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }
}

extension Double {
  /// The shortest text that reads back as this double; a quoted word where it is not finite.
  package var writtenAsJSON: String {
    if isFinite { return description }
    return isNaN ? "\"NaN\"" : self > 0 ? "\"Infinity\"" : "\"-Infinity\""
  }
}

extension String {
  /// The text in quotes, with what JSON does not take as it is escaped.
  package var quotedForJSON: String {
    guard utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else {
      return "\"" + self + "\""
    }
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
