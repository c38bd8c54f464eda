internal import Bytes

/// A fault of one node: which attribute or input, what was found, what was expected.
///
/// The reader or planner that knows the file and the node puts their names before it.
package struct OperatorError: Error, Equatable, CustomStringConvertible {
  /// `attribute 'kernel'` or `input 'weight'`.
  package let place: String
  package let found: String
  package let expected: String

  package init(_ place: String, found: String, expected: String) {
    self.place = place
    self.found = found
    self.expected = expected
  }

  package static func attribute(_ name: String, found: String, expected: String) -> OperatorError {
    OperatorError("attribute '\(name)'", found: found, expected: expected)
  }

  package static func input(_ name: String, found: String, expected: String) -> OperatorError {
    OperatorError("input '\(name)'", found: found, expected: expected)
  }

  package var description: String {
    "\(place.escapedForDisplay): found \(found.escapedForDisplay), expected \(expected)"
  }
}
