/// What a node computes: an operator of the table above this floor, or an opaque one that nobody here knows.
package protocol Operation: Sendable {
  /// The neutral IR's name of the operator.
  var name: String { get }
  /// Every attribute with its value, defaults and dialect written out.
  var attributes: Attributes { get }
}

/// An operator that is kept as its file spelled it: inspected, hashed and written back, never run.
package struct OpaqueOperation: Operation, Hashable {
  package let name: String
  package let attributes: Attributes
  /// How many values it yields.
  package let outputCount: Int

  package init(name: String, attributes: Attributes, outputCount: Int = 1) {
    self.name = name
    self.attributes = attributes
    self.outputCount = outputCount
  }
}
