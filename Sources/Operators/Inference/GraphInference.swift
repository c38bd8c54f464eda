internal import Bytes
package import Graphs
internal import OrderedCollections
package import Tensors

/// What is known of every value of a graph once the shape rules of its nodes have run.
///
/// One pass in the nodes' order; what a node's rule completes of its inputs, weights above all, is kept. Dimensions
/// that depend on inputs which nobody gave stay unknown, and so does all that an opaque node yields.
/// Small values that follow from constants and shapes alone are folded on the way: shape arithmetic gives shapes.
package struct GraphInference: Sendable {
  /// By the values' places in the graph.
  package private(set) var types: [ValueType]
  /// Tensors that are known before running: those given, and those folded.
  package private(set) var constants: [Graph.ValueID: Tensor]
  /// The graph with each deferred node replaced by the operator that it turned out to be.
  package private(set) var graph: Graph

  package subscript(id: Graph.ValueID) -> ValueType { types[id.index] }

  /// - Parameters:
  ///   - given: types of inputs and weights beyond what the graph declares of them.
  ///   - constants: tensors that are known before running.
  /// - Throws: `NodeError` where a shape rule refuses, or types contradict each other.
  package init(
    _ graph: Graph, given: [Graph.ValueID: ValueType] = [:], constants: [Graph.ValueID: Tensor] = [:]
  ) throws(NodeError) {
    types = graph.values.map(\.declaredType)
    self.constants = constants
    self.graph = graph
    for (id, type) in given.sorted(by: { $0.key < $1.key }) { try merge(type, into: id, of: graph) }
    for (id, tensor) in constants.sorted(by: { $0.key < $1.key }) {
      try merge(ValueType(tensor), into: id, of: graph)
    }
    for index in graph.nodes.indices { try infer(index) }
  }

  /// The types of a model whose weights are there.
  ///
  /// - Parameters:
  ///   - given: types of the inputs.
  ///   - known: values that have been computed already.
  /// - Throws: `NodeError` where a shape rule refuses, or a weight has another shape.
  package init(
    _ model: Model, given: [Graph.ValueID: ValueType] = [:], known: [Graph.ValueID: Tensor] = [:]
  ) throws(NodeError) {
    var constants = known
    for id in model.graph.variables {
      if let name = model.graph[id].tensor, let tensor = model.tensors[name] { constants[id] = tensor }
    }
    try self.init(model.graph, given: given, constants: constants)
  }

  private mutating func infer(_ index: Int) throws(NodeError) {
    let inputs: InferredInputs
    let outputs: [ValueType]
    do {
      try resolve(index)
      guard let operation = graph.nodes[index].operation as? any Operator else { return }
      (inputs, outputs) = try run(operation, of: graph.nodes[index])
    } catch {
      throw NodeError(node: index, of: graph, error)
    }
    let node = graph.nodes[index]
    for (place, input) in node.inputs.enumerated() {
      if let input, let type = inputs.types[place] { types[input.index] = type }
    }
    for (output, type) in zip(node.outputs, outputs) {
      // A file's word may be of other sizes than those that are fed: it yields to the rule.
      if types[output.index] == graph[output].declaredType, contradicts(type, types[output.index]) {
        types[output.index] = type
      } else {
        try merge(type, into: output, of: graph)
      }
    }
    fold(node)
  }

  /// What is known of a node's inputs.
  private func inputs(of node: Node, _ names: [InputName]) -> InferredInputs {
    InferredInputs(
      types: node.inputs.map { $0.map { types[$0.index] } },
      constants: node.inputs.map { $0.flatMap { constants[$0] } }, names: names)
  }

  /// Replaces a deferred node whose operator is known by now.
  private mutating func resolve(_ index: Int) throws(OperatorError) {
    let node = graph.nodes[index]
    guard let deferred = node.operation as? Deferred,
      let reading = try deferred.resolved(inputs(of: node, deferred.inputs))
    else { return }
    graph.replaceNode(
      index, with: reading.operation,
      inputs: reading.inputs.map { $0 < node.inputs.count ? node.inputs[$0] : nil })
  }

  /// Computes what follows from constants and shapes alone, where it is small.
  private mutating func fold(_ node: Node) {
    guard let operation = node.operation as? any Operator else { return }
    let values = operation.folded(
      inputs(of: node, operation.inputs), outputs: node.outputs.map { types[$0.index] })
    for (output, value) in zip(node.outputs, values) { constants[output] = value }
  }

  /// A node's inputs as its shape rule leaves them, and its outputs.
  private func run(
    _ operation: any Operator, of node: Node
  ) throws(OperatorError) -> (InferredInputs, [ValueType]) {
    let names = operation.inputs
    try check(node, against: names)
    var inputs = inputs(of: node, names)
    let outputs = try operation.infer(&inputs)
    guard node.outputs.count <= outputs.count else {
      throw OperatorError("node", found: "\(node.outputs.count) outputs", expected: "\(outputs.count)")
    }
    for type in outputs { try checkSize(type) }
    return (inputs, outputs)
  }

  /// Checks that every input which the operator needs is there, and none beyond.
  private func check(_ node: Node, against names: [InputName]) throws(OperatorError) {
    guard node.inputs.count <= names.count else {
      throw OperatorError(
        "node", found: "\(node.inputs.count) inputs", expected: "\(names.count): \(names.map(\.name))")
    }
    for (place, name) in names.enumerated() where !name.isOptional {
      guard place < node.inputs.count, node.inputs[place] != nil else {
        throw .input(name.name, found: "nothing", expected: "a value")
      }
    }
  }

  /// Checks that a value whose shape is known can exist.
  private func checkSize(_ type: ValueType) throws(OperatorError) {
    guard (type.shape.rank ?? 0) <= Limits.dimensions else {
      throw OperatorError(
        "output", found: "\(type.shape.rank ?? 0) dimensions",
        expected: "at most \(Limits.dimensions) (dimensions)")
    }
    guard let dimensions = type.shape.dimensions, dimensions.allSatisfy({ $0 != nil }) else { return }
    guard let shape = type.shape.complete, (type.elementType ?? .float64).byteCount(of: shape.count) != nil
    else {
      throw OperatorError("output", found: "shape \(type.shape)", expected: "fewer than 2^63 bytes")
    }
  }

  private func contradicts(_ type: ValueType, _ other: ValueType) -> Bool {
    if let mine = type.elementType, let theirs = other.elementType, mine != theirs { return true }
    return type.shape.merged(with: other.shape) == nil
  }

  private mutating func merge(_ type: ValueType, into id: Graph.ValueID, of graph: Graph) throws(NodeError) {
    let known = types[id.index]
    if let negative = type.shape.dimensions?.compactMap({ $0 }).first(where: { $0 < 0 }) {
      throw NodeError(value: id, of: graph, found: "dimension \(negative)", expected: "one of at least 0")
    }
    guard let shape = known.shape.merged(with: type.shape) else {
      throw NodeError(value: id, of: graph, found: "shape \(type.shape)", expected: "shape \(known.shape)")
    }
    if let mine = known.elementType, let theirs = type.elementType, mine != theirs {
      throw NodeError(value: id, of: graph, found: "\(theirs.rawValue) elements", expected: mine.rawValue)
    }
    types[id.index] = ValueType(known.elementType ?? type.elementType, shape)
  }
}
