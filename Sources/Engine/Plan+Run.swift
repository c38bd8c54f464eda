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
  ///   - progress: told after each step how many of how many are done; later plans begin anew.
  /// - Returns: the graph's outputs in logical order; floating-point ones hold `T`.
  /// - Throws: `EngineError` where an input is missing or another one was planned, or a node refuses its data;
  ///   what `record` throws.
  package func run(
    _ fed: [Graph.ValueID: Tensor], in workspace: Workspace<T>,
    record: (Graph.ValueID, Tensor) throws -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [Tensor] {
    let results = try values(fed, in: workspace, record: record, progress: progress)
    return graph.outputs.compactMap { results[$0] }
  }

  /// The graph's outputs, by the values.
  private func values(
    _ fed: [Graph.ValueID: Tensor], in workspace: Workspace<T>,
    record: (Graph.ValueID, Tensor) throws -> Void, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [Graph.ValueID: Tensor] {
    var results: [Graph.ValueID: Tensor] = [:]
    var kept: [Graph.ValueID: Tensor] = [:]
    func deliver(_ id: Graph.ValueID, _ tensor: Tensor) throws {
      if outputs.contains(id) { results[id] = tensor }
      if carried.contains(id) { kept[id] = tensor }
      if recorded.contains(id) { try record(id, tensor) }
    }
    let run = Run(self, workspace, fed: try held(fed))
    func deliver(_ values: [Graph.ValueID]) throws {
      for id in values {
        if let cell = cellOfValue[id] { try deliver(id, run.logicalCopy(of: cell)) }
      }
    }
    try deliver(deliveries[0])
    for (time, step) in steps.enumerated() {
      switch step.work {
      case .permute(let from, let to): run.permute(from, to)
      case .node(let node):
        do {
          for (place, tensor) in try run.evaluate(node) {
            let id = graph.nodes[node.index].outputs[place]
            kept[id] = tensor
            try deliver(id, tensor)
          }
        } catch let error as OperatorError {
          throw EngineError(node: node.index, of: graph, error)
        }
      }
      try deliver(deliveries[time + 1])
      progress(time + 1, steps.count)
    }
    guard isOpen else { return results }
    let rest = try following(kept, finished: Set(results.keys))
    let later = try rest.values(
      fed.merging(kept) { $1 }, in: Workspace(rest, threads: workspace.threads), record: record,
      progress: progress)
    return results.merging(later) { $1 }
  }

  /// The plan of what is left when the values whose shapes depended on the data are there.
  private func following(
    _ kept: [Graph.ValueID: Tensor], finished: Set<Graph.ValueID>
  ) throws(EngineError) -> Plan {
    var types = Dictionary(uniqueKeysWithValues: inputs.map { ($0.id, $0.type) })
    var known: [Graph.ValueID: Tensor] = [:]
    for (id, tensor) in kept {
      // The graph's type, not the one that values are held in: shapes are computed from it.
      let type = carriedTypes[id] ?? tensor.elementType
      types[id] = ValueType(type, PartialShape(tensor.shape))
      if type == tensor.elementType {
        known[id] = tensor
      } else if type == .float32 {
        known[id] = Tensor(tensor.converted(to: Float.self), shape: tensor.shape)
      }
    }
    let there = finished.union(kept.keys).union(cellOfValue.keys)
    return try Plan(
      model, inputs: types, outputs: outputs.subtracting(there), recording: recorded.subtracting(there),
      known: known, fuses: fuses, in: context)
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
