/// What a node computes: an operator of the table above this floor, or an opaque one that nobody here knows.
package protocol Operation: Sendable {
  /// The neutral IR's name of the operator.
  var name: String { get }
  /// Every attribute with its value, defaults and dialect written out.
  var attributes: Attributes { get }
}

/// An operator that nobody here knows: inspected, hashed and written back, never run.
package struct OpaqueOperation: Operation, Hashable {
  /// Whose words the name and the attributes are.
  package enum Vocabulary: Sendable {
    /// The source file's, as it spelled them.
    case source
    /// The neutral IR's, of a later version than this one.
    case neutral
  }

  package let name: String
  package let attributes: Attributes
  /// How many values it yields.
  package let outputCount: Int
  package let vocabulary: Vocabulary

  package init(
    name: String, attributes: Attributes, outputCount: Int = 1, vocabulary: Vocabulary = .source
  ) {
    self.name = name
    self.attributes = attributes
    self.outputCount = outputCount
    self.vocabulary = vocabulary
  }
}
