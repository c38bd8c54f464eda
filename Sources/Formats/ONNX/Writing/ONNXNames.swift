internal import Graphs

/// Gives each value of a graph the one name that ONNX asks for.
struct ONNXNames {
  private var taken: Set<String> = []
  private var values: [Graph.ValueID: String] = [:]

  /// Values keep their names; where one repeats, it is the trace's name for the value (`x_output@12`).
  ///
  /// A value without a name stays without where nobody takes it: an optional output that is left out.
  init(_ graph: Graph) {
    let traceNames = graph.traceNames
    var used = Set(graph.outputs)
    for node in graph.nodes { used.formUnion(node.inputs.compactMap { $0 }) }
    for index in graph.values.indices {
      let id = Graph.ValueID(index: index)
      let name = graph[id].name
      if name.isEmpty, !used.contains(id) {
        values[id] = ""
      } else {
        let fallback = graph[id].producer.map { graph.nodes[$0.node].name + "_output" } ?? "input"
        values[id] = claim(name.isEmpty ? fallback : traceNames[id] ?? name)
      }
    }
  }

  subscript(id: Graph.ValueID) -> String { values[id] ?? "" }

  /// A name that nothing else has, as near to the wish as it goes.
  mutating func claim(_ wish: String) -> String { taken.claim(wish) }
}

extension Set<String> {
  /// Adds a name that is not in the set yet, as near to the wish as it goes.
  mutating func claim(_ wish: String) -> String {
    var name = wish
    var number = 1
    while !insert(name).inserted {
      number += 1
      name = "\(wish)_\(number)"
    }
    return name
  }
}
