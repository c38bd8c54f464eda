internal import Bytes
internal import Engine
package import Graphs
package import Operators
package import OrderedCollections
internal import Synchronization
package import Tensors

/// A model's runs in one precision, from any number of threads at once.
///
/// What was planned for inputs of some shapes serves the next ones of the same shapes.
package final class Session<T: EvaluationLane>: Sendable {
  package let model: Model
  private let recorded: Set<Graph.ValueID>
  private let context: EvaluationContext
  private let state = Mutex(State())

  private struct State {
    var plan: Plan<T>?
    var types: [Graph.ValueID: ValueType] = [:]
    /// Of that plan, used by no run.
    var idle: [Workspace<T>] = []
  }

  /// - Parameters:
  ///   - recorded: values that each run hands out as it goes.
  ///   - kernels: what computes; those of the chosen instruction set unless said.
  /// - Throws: `ToolkitError` where there is no graph; `EngineError` that names every operator which cannot be run.
  package init(
    _ model: Model, recording recorded: Set<Graph.ValueID> = [],
    kernels: KernelModule = InstructionSet.chosen.kernels, threads: Threads
  ) throws {
    guard !model.graph.nodes.isEmpty else {
      throw ToolkitError(
        .content, "the model has no graph: it is weights alone (--architecture or --symbol gives them one)")
    }
    try Plan<T>.checkOperators(of: model, recording: recorded)
    self.model = model
    self.recorded = recorded
    context = EvaluationContext(kernels: kernels, threads: threads)
  }

  /// Runs the model.
  ///
  /// - Parameters:
  ///   - inputs: by name, in any floating-point type; whole numbers where the graph wants floating-point ones.
  ///   - record: gets each recorded value as soon as it is there; it goes on living only if it is kept.
  ///   - progress: told how many of how many steps are done.
  /// - Returns: the graph's outputs by their names; where names of outputs repeat, by those of a trace.
  /// - Throws: `ToolkitError` that names each input which is missing or unknown; `EngineError` where shapes do not
  ///   fit or a node refuses its data; what `record` throws.
  package func run(
    _ inputs: OrderedDictionary<String, Tensor>,
    record: (Graph.ValueID, Tensor) throws -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> OrderedDictionary<String, Tensor> {
    let fed = try model.fed(inputs, for: model.graph.outputs + recorded.sorted())
    let workspace = try workspace(for: fed.mapValues { ValueType($0) })
    defer { giveBack(workspace) }
    let results = try workspace.plan.run(fed, in: workspace, record: record, progress: progress)
    let outputs = model.graph.outputs
    let names = Dictionary(grouping: Set(outputs)) { model.graph[$0].name }
    let traceNames = model.graph.traceNames
    return OrderedDictionary(
      zip(outputs, results).map { id, tensor in
        let name = model.graph[id].name
        return (names[name]?.count == 1 ? name : traceNames[id] ?? name, tensor)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Bytes that intermediate values take at most at a time, of the inputs that were last run; nil before.
  package var arenaByteCount: Int? { state.withLock { $0.plan?.arenaByteCount } }

  /// What they would take at least, however they were placed in memory.
  package var leastByteCount: Int? { state.withLock { $0.plan?.leastByteCount } }

  /// Memory for one run with such inputs.
  private func workspace(for types: [Graph.ValueID: ValueType]) throws(EngineError) -> Workspace<T> {
    let known = state.withLock { state -> (plan: Plan<T>?, workspace: Workspace<T>?) in
      state.types == types ? (state.plan, state.idle.popLast()) : (nil, nil)
    }
    if let workspace = known.workspace { return workspace }
    if let plan = known.plan { return Workspace(plan, threads: context.threads) }
    let plan = try Plan<T>(model, inputs: types, recording: recorded, in: context)
    state.withLock { $0 = State(plan: plan, types: types) }
    return Workspace(plan, threads: context.threads)
  }

  private func giveBack(_ workspace: Workspace<T>) {
    let types = Dictionary(uniqueKeysWithValues: workspace.plan.inputs.map { ($0.id, $0.type) })
    state.withLock { state in
      // Another run may have planned for other shapes meanwhile.
      let isOfPlan = types.allSatisfy { state.types[$0.key] == $0.value }
      if isOfPlan, workspace.plan.arenaByteCount == state.plan?.arenaByteCount {
        state.idle.append(workspace)
      }
    }
  }
}
