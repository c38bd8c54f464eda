package import Graphs
internal import Operators
package import OrderedCollections
package import Tensors

/// A value that a lowering computes with: one of the graph's, or one that a pending node yields.
package struct Wire: Hashable, Sendable {
  fileprivate enum Source: Hashable, Sendable {
    case value(Graph.ValueID)
    case pending(Int)
  }

  fileprivate let source: Source
}

/// Builds a graph node by node; what one node is rewritten into bears names that derive from its own.
///
/// Nodes of a lowering wait until it says which of their values stand for the outputs: those take the outputs'
/// names, so that what runs of the written file can be compared with the model value by value.
package struct ONNXComposer {
  private struct PendingNode {
    let operation: any Operation
    let inputs: [Wire?]
    let outputs: [Int]
  }

  package private(set) var graph = Graph()
  /// The weights, and the constants that lowerings add.
  package private(set) var tensors: OrderedDictionary<String, Tensor>
  package let opset: Int

  private var names: UniqueNames
  private var scope = ""
  private var pending: [PendingNode] = []
  private var pendingValues = 0
  private var constants: [ConstantKey: Wire] = [:]

  /// - Parameter names: what the graph's own values are called, which no derived name may be.
  init(tensors: OrderedDictionary<String, Tensor>, opset: Int, reserving names: some Sequence<String>) {
    self.tensors = tensors
    self.opset = opset
    self.names = UniqueNames(taken: Set(names).union(tensors.keys))
  }

  // MARK: The graph

  mutating func addVariable(_ name: String, tensor: String?, type: ValueType) -> Graph.ValueID {
    graph.addVariable(name, tensor: tensor, type: type)
  }

  /// Adds a node as it is.
  mutating func addNode(
    _ node: Node, inputs: [Graph.ValueID?], outputNames: [String]
  ) -> [Graph.ValueID] {
    graph.addNode(node.name, node.operation, inputs: inputs, outputNames: outputNames, source: node.source)
  }

  mutating func declare(_ id: Graph.ValueID, _ type: ValueType) { graph.declare(id, type) }
  mutating func setOutputs(_ ids: [Graph.ValueID]) { graph.setOutputs(ids) }

  static func wire(_ id: Graph.ValueID) -> Wire { Wire(source: .value(id)) }

  // MARK: A lowering

  /// Begins what a node is rewritten into.
  mutating func begin(_ name: String) {
    scope = name
    pending = []
    pendingValues = 0
    constants = [:]
  }

  /// Adds the pending nodes, the results under the names of the outputs that they stand for.
  mutating func finish(_ results: [Wire], outputNames: [String]) -> [Graph.ValueID] {
    precondition(results.count >= outputNames.count, "\(results.count) results for \(outputNames)")
    var given: [Int: String] = [:]
    var sources: [Wire] = []
    for (result, name) in zip(results, outputNames) {
      if case .pending(let place) = result.source, given[place] == nil {
        given[place] = name
        sources.append(result)
      } else {
        // A value that has a name already.
        let copy = node("Identity", [result])
        if case .pending(let place) = copy.source { given[place] = name }
        sources.append(copy)
      }
    }
    var ids: [Int: Graph.ValueID] = [:]
    func id(_ wire: Wire) -> Graph.ValueID? {
      switch wire.source {
      case .value(let id): id
      case .pending(let place): ids[place]
      }
    }
    for (number, node) in pending.enumerated() {
      let isLast = number == pending.count - 1
      let kind = (node.operation as? Deferred)?.op ?? node.operation.name
      let nodeName = isLast ? scope : names.unique("\(scope)/\(kind)")
      let outputs = graph.addNode(
        nodeName, node.operation, inputs: node.inputs.map { $0.flatMap(id) },
        outputNames: node.outputs.map { given[$0] ?? names.unique("\(scope)/\(kind)_output") })
      for (place, output) in zip(node.outputs, outputs) { ids[place] = output }
    }
    pending = []
    return sources.compactMap(id)
  }

  /// Adds a node of a typed operator.
  mutating func typed(_ operation: some Operator, _ inputs: [Wire?], outputs count: Int = 1) -> [Wire] {
    let outputs = Array(pendingValues..<pendingValues + count)
    pendingValues += count
    pending.append(PendingNode(operation: operation, inputs: inputs, outputs: outputs))
    return outputs.map { Wire(source: .pending($0)) }
  }

  /// Adds one of ONNX's own nodes.
  mutating func nodes(
    _ op: String, _ inputs: [Wire?], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:],
    outputs count: Int
  ) -> [Wire] {
    let deferred = Deferred(
      op, opset: opset,
      attributes: ONNXNode.Attributes(uniqueKeysWithValues: attributes.map { ($0.key, $0.value) }),
      inputCount: inputs.count, outputCount: count)
    return typed(deferred, inputs, outputs: count)
  }

  /// Adds one of ONNX's own nodes that yields one value.
  mutating func node(
    _ op: String, _ inputs: [Wire?], _ attributes: KeyValuePairs<String, ONNXAttribute> = [:]
  ) -> Wire {
    nodes(op, inputs, attributes, outputs: 1)[0]
  }

  // MARK: Constants

  /// A tensor of a few numbers; equal ones of a lowering are one.
  mutating func constant(_ type: ElementType, _ numbers: [Double], shape: Shape) -> Wire {
    let key = ConstantKey(type: type, shape: shape.dimensions, bits: numbers.map(\.bitPattern))
    if let known = constants[key] { return known }
    let tensor =
      switch type {
      case .float64: Tensor(numbers, shape: shape)
      case .int64: Tensor(numbers.map { Int64($0) }, shape: shape)
      case .int32: Tensor(numbers.map { Int32($0) }, shape: shape)
      default: Tensor(numbers.map { Float($0) }, shape: shape)
      }
    let wire = parameter("constant", tensor)
    constants[key] = wire
    return wire
  }

  /// A tensor that the file holds under a name of its own.
  mutating func parameter(_ suffix: String, _ tensor: Tensor) -> Wire {
    let name = names.unique("\(scope)/\(suffix)")
    tensors[name] = tensor
    return Wire(source: .value(graph.addVariable(name, tensor: name, type: ValueType(tensor))))
  }
}

/// What tells one constant from another.
private struct ConstantKey: Hashable, Sendable {
  let type: ElementType
  let shape: [Int]
  let bits: [UInt64]
}

/// Names that are given once.
private struct UniqueNames {
  private var taken: Set<String>
  private var counts: [String: Int] = [:]

  init(taken: Set<String>) { self.taken = taken }

  mutating func unique(_ name: String) -> String {
    var number = counts[name, default: 0]
    var candidate = name
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(name)_\(number)"
    }
    counts[name] = number
    return candidate
  }
}
