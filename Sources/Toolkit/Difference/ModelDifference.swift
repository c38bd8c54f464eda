package import Graphs
package import Tensors

/// In what two models differ: their graphs, node by node, and their tensors, element by element.
///
/// Nodes and tensors are matched by name; file formats, the order of tensors and provenance do not count.
package struct ModelDifference: Sendable {
  /// Nil where a model has no graph: then nothing is said of it.
  package let graph: GraphDifference?
  /// Which models have no graph, where only one has.
  package let lacksGraph: Side?
  package let tensors: TensorsDifference

  /// One of the two models.
  package enum Side: String, Sendable {
    case first = "a"
    case second = "b"
  }

  package var isEmpty: Bool { lacksGraph == nil && graph?.isEmpty ?? true && tensors.isEmpty }

  /// - Complexity: reads every tensor of both.
  package init(_ first: Model, _ second: Model, threads: Threads) {
    switch (first.graph.nodes.isEmpty, second.graph.nodes.isEmpty) {
    case (false, false): (graph, lacksGraph) = (GraphDifference(first.graph, second.graph), nil)
    case (true, true): (graph, lacksGraph) = (nil, nil)
    case (true, false): (graph, lacksGraph) = (nil, .first)
    case (false, true): (graph, lacksGraph) = (nil, .second)
    }
    tensors = TensorsDifference(first.tensors, second.tensors, threads: threads)
  }
}
