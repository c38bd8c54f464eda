package import Bytes
internal import Graphs
internal import Operators

/// Why a model cannot be run: the node or value, what was found, what was expected.
package struct EngineError: Fault, Equatable {
  package let blame: Blame
  /// `node 12 'conv1' (Convolution)` or `input 'data'`; empty for the graph as a whole.
  package let place: String
  package let explanation: String

  package init(_ blame: Blame = .content, place: String = "", _ explanation: String) {
    self.blame = blame
    self.place = place
    self.explanation = explanation
  }

  init(node index: Int, of graph: Graph, _ explanation: String) {
    let node = graph.nodes[index]
    self.init(place: "node \(index) '\(node.name)' (\(node.operation.name))", explanation)
  }

  init(node index: Int, of graph: Graph, _ error: OperatorError) {
    self.init(node: index, of: graph, error.description)
  }

  package var description: String {
    place.isEmpty ? explanation.escapedForDisplay : "\(place.escapedForDisplay): \(explanation)"
  }
}
