internal import Bytes

/// A fault of one node: which attribute or input, what was found, what was expected.
///
/// The reader or planner that knows the file and the node puts their names before it.
package struct OperatorError: Error, Equatable, CustomStringConvertible {
  /// `attribute 'kernel'` or `input 'weight'`.
  package let place: String
  package let found: String
  package let expected: String
  /// Whether nothing is wrong: what a file leaves open until shapes and other values are known.
  package let isUndetermined: Bool

  package init(_ place: String, found: String, expected: String) {
    self.place = place
    self.found = found
    self.expected = expected
    isUndetermined = false
  }

  /// What the operator is depends on something that is not known yet.
  init(undetermined place: String, expected: String) {
    self.place = place
    found = "what is not known before running"
    self.expected = expected
    isUndetermined = true
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
