/// A fault met while reading or writing bytes: what was found, what was expected, and where.
package struct ByteError: Error, Equatable, CustomStringConvertible {
  package enum Reason: Equatable, Sendable {
    /// A system call failed with this `errno`.
    case system(call: String, code: Int32)
    /// The bytes end before the field does.
    case truncated(needed: Int, available: Int)
    /// The field holds what it may not.
    case content(found: String, expected: String)
    /// A count or length from the file goes beyond a named limit.
    case limit(name: String, found: String, limit: Int)
  }

  package let reason: Reason
  package let file: String
  /// Bytes from the start of the file; nil where the fault has no place in it.
  package let offset: Int?
  /// The field that was being read, outermost part first: `array 3 ('arg:w'), dimension 2`.
  package let field: String

  package init(_ reason: Reason, file: String, offset: Int? = nil, field: String = "") {
    self.reason = reason
    self.file = file
    self.offset = offset
    self.field = field
  }

  package var description: String {
    let place = [field.escapedForDisplay, offset.map { "at byte \($0)" } ?? ""]
      .filter { !$0.isEmpty }.joined(separator: " ")
    return file.escapedForDisplay + ": " + (place.isEmpty ? "" : place + ": ") + explanation
  }

  /// What was found and expected, without the place.
  package var explanation: String {
    switch reason {
    case .system(let call, let code):
      "\(call) failed: \(systemMessage(code))"
    case .truncated(let needed, let available):
      "needs \(needed) bytes, \(available) remain (file truncated?)"
    case .content(let found, let expected):
      "found \(found.escapedForDisplay), expected \(expected)"
    case .limit(let name, let found, let limit):
      "\(found) is beyond the limit of \(limit) (\(name))"
    }
  }
}
