package import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors

/// What a model is made of, for people and machines to read.
package struct Inspection: Sendable {
  /// A tensor of the model as its file names it.
  package struct TensorEntry: Sendable {
    package let name: String
    package let tensor: Tensor
  }

  /// A value with what is known of its type.
  package struct ValueEntry: Sendable {
    /// The name under which a trace records it.
    package let name: String
    package let type: ValueType
  }

  package struct NodeEntry: Sendable {
    /// The node's number in a symbol JSON that MXNet writes, variables counted.
    package let index: Int
    package let node: Node
    /// Nil where an optional input is left out.
    package let inputs: [String?]
    package let outputs: [ValueEntry]
  }

  package let model: Model
  /// Elements of the tensors that the graph uses, moving statistics counted; of all tensors where there is no
  /// graph.
  package let parameterCount: Int
  /// How often each operator occurs, most frequent first, then by name.
  package let operatorCounts: [(name: String, count: Int)]
  package let inputs: [ValueEntry]
  package let outputs: [ValueEntry]
  package let nodes: [NodeEntry]

  package var tensors: [TensorEntry] { model.tensors.map { TensorEntry(name: $0.key, tensor: $0.value) } }

  /// Nodes that cannot be run: no operator of the table stands behind them.
  package var unknownNodes: [NodeEntry] { nodes.filter { $0.node.operation is OpaqueOperation } }

  /// What nodes were in their file that shapes of the inputs have yet to decide, each once.
  package var deferredOperatorNames: [String] {
    Set(nodes.compactMap { ($0.node.operation as? Deferred)?.op }).sorted()
  }

  /// - Parameter types: what is known of each value, from shape inference.
  package init(_ model: Model, types: [Graph.ValueID: ValueType]) {
    self.model = model
    let graph = model.graph
    let names = graph.traceNames
    func entry(_ id: Graph.ValueID) -> ValueEntry {
      ValueEntry(name: names[id] ?? graph[id].name, type: types[id] ?? graph[id].declaredType)
    }
    inputs = model.inputs.map(entry)
    outputs = graph.outputs.map(entry)
    nodes = Inspection.numbered(graph).map { index, node in
      NodeEntry(
        index: index, node: graph.nodes[node],
        inputs: graph.nodes[node].inputs.map { $0.map { names[$0] ?? graph[$0].name } },
        outputs: graph.nodes[node].outputs.map(entry))
    }
    var counts: [String: Int] = [:]
    for entry in nodes { counts[entry.node.operation.name, default: 0] += 1 }
    operatorCounts = counts.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    parameterCount = Inspection.parameterCount(model)
  }

  /// Nodes with their numbers, in the order in which MXNet numbers them; what no output needs comes last.
  private static func numbered(_ graph: Graph) -> [(index: Int, node: Int)] {
    let order = graph.postOrder
    var numbered: [(index: Int, node: Int)] = []
    var seen: Set<Int> = []
    for (index, entry) in order.enumerated() {
      if case .node(let node) = entry {
        numbered.append((index, node))
        seen.insert(node)
      }
    }
    let others = graph.nodes.indices.filter { !seen.contains($0) }
    return numbered + others.enumerated().map { (order.count + $0.offset, $0.element) }
  }

  /// Every tensor that the graph asks for, once; moving statistics count, as in the releases' own tables.
  private static func parameterCount(_ model: Model) -> Int {
    let used = Set(model.graph.variables.compactMap { model.graph[$0].tensor })
    let counted = model.graph.nodes.isEmpty ? Set(model.tensors.keys) : used
    return counted.reduce(0) { $0 + (model.tensors[$1]?.shape.count ?? 0) }
  }
}
