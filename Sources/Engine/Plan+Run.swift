internal import Bytes
package import Graphs
internal import Operators
package import Tensors

extension Plan {
  /// Runs the plan.
  ///
  /// - Parameters:
  ///   - fed: each of the plan's inputs, in logical order and of the planned shape.
  ///   - record: gets each value that was planned to be recorded as soon as it is there, in logical order.
  /// - Returns: the graph's outputs in logical order; floating-point ones hold `T`.
  /// - Throws: `EngineError` where an input is missing or another one was planned, or a node refuses its data;
  ///   what `record` throws.
  package func run(
    _ fed: [Graph.ValueID: Tensor], in workspace: Workspace<T>,
    record: (Graph.ValueID, Tensor) throws -> Void = { _, _ in }
  ) throws -> [Tensor] {
    let outputs = Set(graph.outputs)
    var results: [Graph.ValueID: Tensor] = [:]
    let run = Run(self, workspace, fed: try held(fed))
    func deliver(_ values: [Graph.ValueID]) throws {
      for id in values {
        guard let cell = cellOfValue[id] else { continue }
        let tensor = run.logicalCopy(of: cell)
        if outputs.contains(id) { results[id] = tensor }
        if recorded.contains(id) { try record(id, tensor) }
      }
    }
    try deliver(deliveries[0])
    for (time, step) in steps.enumerated() {
      switch step.work {
      case .permute(let from, let to): run.permute(from, to)
      case .node(let node):
        do { try run.evaluate(node) } catch { throw EngineError(node: node.index, of: graph, error) }
      }
      try deliver(deliveries[time + 1])
    }
    return graph.outputs.compactMap { results[$0] }
  }

  /// Runs the plan once, in a workspace of its own.
  package func run(_ fed: [Graph.ValueID: Tensor], threads: Threads = Threads(1)) throws -> [Tensor] {
    try run(fed, in: Workspace(self, threads: threads))
  }

  /// Runs the plan and writes what was planned to be recorded, one value at a time.
  ///
  /// - Parameter name: a value's name in the sink.
  package func run(
    _ fed: [Graph.ValueID: Tensor], in workspace: Workspace<T>, recordingTo sink: any TensorSink,
    name: (Graph.ValueID) -> String
  ) throws -> [Tensor] {
    try run(fed, in: workspace) { id, tensor in try sink.write(tensor, named: name(id)) }
  }

  /// The inputs in this plan's precision.
  private func held(_ fed: [Graph.ValueID: Tensor]) throws(EngineError) -> [Graph.ValueID: Tensor] {
    var held: [Graph.ValueID: Tensor] = [:]
    for (id, type) in inputs {
      let place = "input '\(graph[id].name)'"
      guard let tensor = fed[id] else {
        throw EngineError(.request, place: place, "found nothing, expected a tensor of \(type)")
      }
      guard type.shape.complete == tensor.shape, T.held(type.elementType) == T.held(tensor.elementType) else {
        throw EngineError(
          .request, place: place,
          "found \(tensor.elementType.rawValue) \(tensor.shape), expected \(type) as planned")
      }
      held[id] = T.held(tensor)
    }
    return held
  }
}
