internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// A network run node by node in both precisions; a value goes when its last reader has run.
struct Rerun {
  /// One value in both precisions.
  struct Values {
    let double: Tensor
    let float: Tensor
  }

  private let graph: Graph
  private let model: Model
  private let constants: [Graph.ValueID: Tensor]
  private let context: EvaluationContext
  private var values: [Graph.ValueID: Values] = [:]
  private var reasons: [Graph.ValueID: String] = [:]
  /// How many nodes have yet to read each value; outputs of the graph stay.
  private var readers: [Graph.ValueID: Int] = [:]

  init(
    graph: Graph, model: Model, fed: [Graph.ValueID: Tensor], constants: [Graph.ValueID: Tensor],
    threads: Threads
  ) {
    self.graph = graph
    self.model = model
    self.constants = constants
    context = EvaluationContext(threads: threads)
    for (id, tensor) in fed { values[id] = Values(double: tensor, float: tensor) }
    for node in graph.nodes {
      for case let input? in Set(node.inputs) { readers[input, default: 0] += 1 }
    }
    for output in graph.outputs { readers[output, default: 0] += 1 }
    for input in fed.keys { readers[input, default: 0] += 1 }
  }

  /// Nil where it could not be computed, or is no longer needed.
  subscript(id: Graph.ValueID) -> Values? {
    if let known = values[id] { return known }
    let weights = graph[id].tensor.flatMap { model.tensors[$0] }
    return (constants[id] ?? weights).map { Values(double: $0, float: $0) }
  }

  /// Why a value could not be computed.
  func reason(of id: Graph.ValueID) -> String { reasons[id] ?? "it was not computed" }

  mutating func run(_ index: Int) {
    let node = graph.nodes[index]
    do throws(Gap) {
      let results = try evaluate(node)
      for (id, result) in zip(node.outputs, results) { values[id] = result }
    } catch {
      for id in node.outputs { reasons[id] = error.reason }
    }
  }

  private func evaluate(_ node: Node) throws(Gap) -> [Values] {
    guard let operation = node.operation as? any Operator else {
      throw Gap(reason: "no operator \(node.operation.name) is known here")
    }
    var doubles: [Tensor?] = []
    var floats: [Tensor?] = []
    for input in node.inputs {
      guard let input else {
        doubles.append(nil)
        floats.append(nil)
        continue
      }
      guard let value = self[input] else {
        throw Gap(reason: reasons[input] ?? "its input '\(graph[input].name)' is not known")
      }
      doubles.append(value.double)
      floats.append(value.float)
    }
    do {
      let results = (
        try operation.evaluate(doubles, as: Double.self, in: context),
        try operation.evaluate(floats, as: Float.self, in: context)
      )
      return zip(results.0, results.1).map { Values(double: $0, float: $1) }
    } catch { throw Gap(reason: "it cannot be rerun: \(error)") }
  }

  /// Lets go of what no node behind this one reads.
  mutating func release(after index: Int) {
    for case let input? in Set(graph.nodes[index].inputs) {
      readers[input, default: 1] -= 1
      if readers[input] == 0 { values[input] = nil }
    }
    for output in graph.nodes[index].outputs where readers[output, default: 0] == 0 { values[output] = nil }
  }
}
