package import Graphs

/// An operator of the neutral IR with everything the other floors ask of it.
///
/// Its stored properties are its attributes: their names and values are what packs hold and reports show
/// (`AttributeEncoder`), so a dialect is a property like any other and never implied.
package protocol Operator: Operation, Codable, Hashable {
  /// The neutral IR's name.
  static var name: String { get }

  /// The names of the inputs that a node with these attributes takes, in order.
  var inputs: [InputName] { get }

  /// The shape rule: checks the inputs, completes what follows of weights' shapes, and gives the outputs.
  ///
  /// - Throws: `OperatorError` where no such computation exists.
  func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType]

  /// How MXNet spells it; nil where it has no such operator.
  static var mxnet: MXNetDialect<Self>? { get }
}

/// One input of an operator, by the field's name for it.
package struct InputName: Hashable, Sendable {
  package enum Role: Sendable {
    /// Computed or fed.
    case data
    /// Learned; its shape follows from the attributes and the data.
    case parameter
    /// Kept by the framework beside the learned ones: moving means and variances. MXNet: auxiliary state.
    case auxiliary
  }

  package let name: String
  package let role: Role
  /// Whether a node may leave it out.
  package let isOptional: Bool

  package init(_ name: String, _ role: Role = .data, optional: Bool = false) {
    self.name = name
    self.role = role
    isOptional = optional
  }
}

extension Operator {
  package var name: String { Self.name }
  package var attributes: Attributes { AttributeEncoder.encode(self) }
}
