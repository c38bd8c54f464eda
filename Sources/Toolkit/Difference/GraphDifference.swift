package import Graphs
internal import OrderedCollections

/// In what two graphs differ; nodes are matched by name, nodes of one name in their order.
package struct GraphDifference: Sendable {
  /// Nodes that the second graph alone has, and those that the first alone has.
  package let added: [Node]
  package let removed: [Node]
  /// Nodes that both have, where they differ; in the first graph's order.
  package let changed: [NodeChange]
  /// How many nodes are the same in both.
  package let sameCount: Int
  /// Names of the graphs' inputs, and of their outputs; nil where they are the same.
  package let inputs: Change<[String]>?
  package let outputs: Change<[String]>?

  /// What stands in the first graph, and what in the second.
  package struct Change<Content: Sendable>: Sendable {
    package let first: Content
    package let second: Content
  }

  package struct NodeChange: Sendable {
    package let name: String
    /// The operators' names; nil where they are the same.
    package let operation: Change<String>?
    /// By name, those that differ; nil where a side has no such attribute. Of another operator all do: none is listed.
    package let attributes: [(name: String, values: Change<AttributeValue?>)]
    /// Names of the values that the nodes take; nil where they are the same, nil inside for one left out.
    package let inputs: Change<[String?]>?
  }

  package var isEmpty: Bool {
    added.isEmpty && removed.isEmpty && changed.isEmpty && inputs == nil && outputs == nil
  }

  package init(_ first: Graph, _ second: Graph) {
    var places: [Key: Int] = [:]
    for (index, key) in second.matchingKeys.enumerated() { places[key] = index }
    var removed: [Node] = []
    var changed: [NodeChange] = []
    var sameCount = 0
    for (node, key) in zip(first.nodes, first.matchingKeys) {
      if let place = places.removeValue(forKey: key) {
        if let change = NodeChange(node, of: first, second.nodes[place], of: second) {
          changed.append(change)
        } else {
          sameCount += 1
        }
      } else {
        removed.append(node)
      }
    }
    added = places.values.sorted().map { second.nodes[$0] }
    self.removed = removed
    self.changed = changed
    self.sameCount = sameCount
    inputs = Change(first.inputNames, second.inputNames)
    outputs = Change(first.outputs.map { first[$0].name }, second.outputs.map { second[$0].name })
  }

  /// A node's name and how many before it have the same; a node without a name goes by its first value's.
  fileprivate struct Key: Hashable {
    let name: String
    let occurrence: Int
  }
}

extension GraphDifference.Change where Content: Equatable {
  /// Nil where both are the same.
  fileprivate init?(_ first: Content, _ second: Content) {
    guard first != second else { return nil }
    self.init(first: first, second: second)
  }
}

extension GraphDifference.NodeChange {
  /// Nil where the nodes compute the same of values of the same names.
  fileprivate init?(_ first: Node, of firstGraph: Graph, _ second: Node, of secondGraph: Graph) {
    name = first.displayName(in: firstGraph)
    operation = GraphDifference.Change(first.operation.name, second.operation.name)
    let (a, b) = (first.operation.attributes, second.operation.attributes)
    let names = operation == nil ? a.keys + b.keys.filter { a[$0] == nil } : []
    attributes = names.compactMap { name in
      GraphDifference.Change(a[name], b[name]).map { (name, $0) }
    }
    inputs = GraphDifference.Change(
      first.inputs.map { $0.map { firstGraph[$0].name } },
      second.inputs.map { $0.map { secondGraph[$0].name } })
    if operation == nil && attributes.isEmpty && inputs == nil { return nil }
  }
}

extension Node {
  /// The node's name, or its first value's where it has none.
  package func displayName(in graph: Graph) -> String {
    name.isEmpty ? outputs.first.map { graph[$0].name } ?? "" : name
  }
}

extension Graph {
  fileprivate var matchingKeys: [GraphDifference.Key] {
    var counts: [String: Int] = [:]
    return nodes.map { node in
      let name = node.displayName(in: self)
      defer { counts[name, default: 0] += 1 }
      return GraphDifference.Key(name: name, occurrence: counts[name, default: 0])
    }
  }

  fileprivate var inputNames: [String] {
    variables.filter { self[$0].tensor == nil }.map { self[$0].name }
  }
}
