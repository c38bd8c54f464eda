import Graphs
import OrderedCollections

/// What makes two graphs the same computation: nodes in order with names, operators, attributes and edges.
struct GraphSignature: Equatable {
  struct Step: Equatable {
    let operation: String
    let name: String
    let attributes: Attributes
    let inputs: [String]
  }

  let steps: [Step]
  let outputs: [String]

  init(_ graph: Graph) {
    var names: [Graph.ValueID: String] = [:]
    var steps: [Step] = []
    for (number, entry) in graph.postOrder.enumerated() {
      switch entry {
      case .variable(let id):
        names[id] = "\(number)"
        steps.append(Step(operation: "variable", name: graph[id].name, attributes: [:], inputs: []))
      case .node(let index):
        let node = graph.nodes[index]
        for (output, id) in node.outputs.enumerated() { names[id] = "\(number):\(output)" }
        steps.append(
          Step(
            operation: node.operation.name, name: node.name, attributes: node.operation.attributes,
            inputs: node.inputs.map { $0.flatMap { names[$0] } ?? "-" }))
      }
    }
    self.steps = steps
    outputs = graph.outputs.map { names[$0] ?? "-" }
  }
}
