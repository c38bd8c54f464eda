internal import Graphs

/// An operator's name in ONNX files: its domain, and the operator sets in which the name means one thing.
package struct ONNXName: Hashable, Sendable {
  /// The newest of ONNX's own operator sets that is known here (onnx 1.23).
  package static let newestOpset = 28
  /// The oldest that is read.
  package static let oldestOpset = 7

  /// Empty for ONNX's own operators.
  package let domain: String
  package let op: String
  package let versions: ClosedRange<Int>

  /// One of ONNX's own operators.
  ///
  /// - Parameter since: the operator set that brought it, or gave it this meaning.
  package init(_ op: String, since: Int = 1, until: Int = Self.newestOpset) {
    domain = ""
    self.op = op
    versions = since...until
  }

  /// One of another domain: a framework's or a plugin's, whose versions nobody keeps.
  package init(domain: String, _ op: String) {
    self.domain = domain
    self.op = op
    versions = 1...Int.max
  }
}

/// How ONNX spells an operator: its names there, and the way from a node and back.
package struct ONNXDialect<Op: Sendable>: Sendable {
  package typealias Read = @Sendable (inout ONNXNode) throws(OperatorError) -> Op?
  package typealias Write = @Sendable (Op, ONNXSite) throws(OperatorError) -> [ONNXSpelling]

  let names: [ONNXName]
  /// Nil for a valid node that this operator does not compute: another may. What depends on shapes or values that
  /// are not known yet throws an undetermined error, and is read again when they are.
  let read: Read
  /// The nodes that compute it, the last one's outputs being the operator's; nil where nothing is written.
  let write: Write?

  package init(names: [ONNXName], read: @escaping Read, write: Write? = nil) {
    self.names = names
    self.read = read
    self.write = write
  }
}

/// A node that was understood.
package struct ONNXReading: Sendable {
  package let operation: any Operator
  /// Which of the node's inputs stands at each place of the operator's.
  package let inputs: [Int]

  init(operation: any Operator, inputs: [Int]) {
    self.operation = operation
    self.inputs = inputs
  }

  init(_ deferred: Deferred) { self.init(operation: deferred, inputs: Array(0..<deferred.inputCount)) }
}

extension Operator {
  /// Under what names ONNX files have it.
  package static var onnxNames: [ONNXName] { onnx?.names ?? [] }

  /// Nil where the node, though valid, is not this computation.
  ///
  /// - Throws: `OperatorError` that names the attribute or input which is missing, unknown or malformed.
  static func read(onnx node: ONNXNode) throws(OperatorError) -> ONNXReading? {
    var node = node
    guard let operation = try onnx?.read(&node) else { return nil }
    try node.finish()
    return ONNXReading(operation: operation, inputs: node.order)
  }
}
