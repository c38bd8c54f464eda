package import Bytes

/// A picture or an output that a network's recipe cannot be applied to.
package struct RecipeError: Fault, Equatable {
  /// The picture's file or the graph's value.
  package let subject: String
  package let found: String
  package let expected: String

  package init(_ subject: String, found: String, expected: String) {
    self.subject = subject
    self.found = found
    self.expected = expected
  }

  package var blame: Blame { .content }

  package var description: String {
    "\(subject.escapedForDisplay): found \(found.escapedForDisplay), expected \(expected.escapedForDisplay)"
  }
}
