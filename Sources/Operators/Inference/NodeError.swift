package import Bytes
package import Graphs

/// A fault of one node or value of a graph, with its number and name.
package struct NodeError: Fault, Equatable {
  /// `node 12 'res5a_branch2b' (DeformableConvolution)`, numbered as MXNet 1.9 numbers a symbol's nodes.
  package let place: String
  package let fault: OperatorError

  package init(node index: Int, of graph: Graph, _ fault: OperatorError) {
    let node = graph.nodes[index]
    let number = graph.postOrder.firstIndex(of: .node(index)) ?? index
    place = "node \(number) '\(node.name)' (\(node.operation.name))"
    self.fault = fault
  }

  init(value id: Graph.ValueID, of graph: Graph, found: String, expected: String) {
    place = "value '\(graph[id].name)'"
    fault = OperatorError("type", found: found, expected: expected)
  }

  package var blame: Blame { .content }
  package var description: String { "\(place.escapedForDisplay): \(fault)" }
}
