internal import Graphs

/// How MXNet spells an operator: its names there, and the way from attribute texts and back.
package struct MXNetDialect<Op: Sendable>: Sendable {
  /// A node's operator name and attribute texts as MXNet 1.9 writes them.
  package typealias Spelling = (op: String, attributes: MXNetAttributes.Text)

  /// All names under which MXNet registered it, aliases and old ones; a Python operator is `Custom:op_type`.
  let names: [String]
  let read: @Sendable (inout MXNetAttributes) throws(OperatorError) -> Op
  let write: @Sendable (Op) throws(OperatorError) -> Spelling
  /// MXNet's own names of the inputs, where they differ from the IR's; missing variables are named after them.
  let inputNames: (@Sendable (Op) -> [String])?
  /// What MXNet appends to a node's name for each visible output.
  let outputSuffixes: @Sendable (Op) -> [String]
  /// Outputs behind the visible ones that no node can take: MXNet counts them in a symbol's `node_row_ptr`.
  let hiddenOutputs: @Sendable (Op) -> Int

  package init(
    names: [String],
    read: @escaping @Sendable (inout MXNetAttributes) throws(OperatorError) -> Op,
    write: @escaping @Sendable (Op) throws(OperatorError) -> Spelling,
    inputNames: (@Sendable (Op) -> [String])? = nil,
    outputSuffixes: @escaping @Sendable (Op) -> [String] = { _ in ["output"] },
    hiddenOutputs: @escaping @Sendable (Op) -> Int = { _ in 0 }
  ) {
    self.names = names
    self.read = read
    self.write = write
    self.inputNames = inputNames
    self.outputSuffixes = outputSuffixes
    self.hiddenOutputs = hiddenOutputs
  }
}

extension Operator {
  package static var mxnetNames: [String] { mxnet?.names ?? [] }

  /// - Throws: `OperatorError` that names the attribute which is missing, unknown or malformed.
  package static func read(
    mxnet op: String, attributes: MXNetAttributes.Text
  ) throws(OperatorError) -> any Operator {
    guard let mxnet else { throw OperatorError("operator", found: op, expected: "one that MXNet has") }
    var reader = MXNetAttributes(attributes, op: op)
    let operation = try mxnet.read(&reader)
    try reader.finish()
    return operation
  }

  /// The operator as MXNet 1.9 would write it.
  ///
  /// - Throws: `OperatorError` where MXNet has no operator that computes this.
  package func mxnetSpelling() throws(OperatorError) -> (op: String, attributes: MXNetAttributes.Text) {
    guard let mxnet = Self.mxnet else {
      throw OperatorError("operator", found: name, expected: "one that MXNet has")
    }
    try validate()
    return try mxnet.write(self)
  }

  /// MXNet's name of each input: a missing variable is called `<node>_<name>`.
  package var mxnetInputNames: [String] { Self.mxnet?.inputNames?(self) ?? inputs.map(\.name) }

  /// What MXNet appends to a node's name, after an underscore, for each visible output.
  package var mxnetOutputSuffixes: [String] { Self.mxnet?.outputSuffixes(self) ?? ["output"] }

  /// Outputs that MXNet counts behind the visible ones.
  package var mxnetHiddenOutputs: Int { Self.mxnet?.hiddenOutputs(self) ?? 0 }
}
