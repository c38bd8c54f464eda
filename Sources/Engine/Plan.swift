package import Graphs
package import Operators
internal import Tensors

/// A model made ready to run on inputs of given shapes: checked, ordered, laid out, weights packed.
///
/// A plan never changes: any number of runs may share it, each in a workspace of its own.
package struct Plan<T: EvaluationLane>: Sendable {
  package let graph: Graph
  /// The graph's inputs that are needed, and the types with which they were planned.
  package let inputs: [(id: Graph.ValueID, type: ValueType)]
  /// Bytes that intermediate values take at most at a time.
  package let arenaByteCount: Int
  let cells: [Cell]
  let steps: [PlannedStep<T>]
  /// The cell in which each value first appears.
  let cellOfValue: [Graph.ValueID: Int]
  /// The wanted values that are there after each step; the first entry is before all steps.
  let deliveries: [[Graph.ValueID]]
  let recorded: Set<Graph.ValueID>
  let kernels: any KernelSet<T>
  /// Elements of scratch memory that a thread needs.
  let scratchCount: Int

  /// Plans a model.
  ///
  /// - Parameters:
  ///   - inputs: element type and shape of each of the graph's inputs that its outputs need.
  ///   - recorded: values that will be recorded beside the graph's outputs.
  /// - Throws: `EngineError` that names every operator which cannot be run, or the node whose shapes do not
  ///   fit, before anything is computed.
  package init(
    _ model: Model, inputs: [Graph.ValueID: ValueType], recording recorded: Set<Graph.ValueID> = [],
    in context: EvaluationContext = EvaluationContext()
  ) throws(EngineError) {
    var builder = try PlanBuilder<T>(model, inputs: inputs, recording: recorded, context: context)
    try builder.addSteps()
    arenaByteCount = builder.placeInArena()
    graph = model.graph
    self.inputs = builder.inputs
    self.recorded = recorded
    cells = builder.cells
    steps = builder.steps
    cellOfValue = builder.valueCells.compactMapValues(\.first)
    deliveries = builder.deliveries(of: recorded.union(model.graph.outputs))
    kernels = context.kernels[T.self]
    scratchCount = builder.scratchCount
  }
}
