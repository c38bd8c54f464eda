package import Graphs
package import Operators
internal import Tensors

/// A model made ready to run on inputs of given shapes: checked, ordered, laid out, weights packed.
///
/// A plan never changes: any number of runs may share it, each in a workspace of its own. Where shapes depend on
/// the data, it goes as far as they are known, and a run plans the rest when it comes there.
package struct Plan<T: EvaluationLane>: Sendable {
  package let graph: Graph
  /// The graph's inputs that are needed, and the types with which they were planned.
  package let inputs: [(id: Graph.ValueID, type: ValueType)]
  /// Bytes that intermediate values take at most at a time.
  package let arenaByteCount: Int
  /// What they would take at least, however they were placed.
  package let leastByteCount: Int
  let model: Model
  let fuses: Bool
  let context: EvaluationContext
  let cells: [Cell]
  let steps: [PlannedStep<T>]
  /// The cell in which each value first appears.
  let cellOfValue: [Graph.ValueID: Int]
  /// The values that somebody waits for and that are there after each step; the first entry is before all steps.
  let deliveries: [[Graph.ValueID]]
  /// The values that are wanted of this plan and of those that follow it.
  let outputs: Set<Graph.ValueID>
  let recorded: Set<Graph.ValueID>
  /// Values of this plan that what follows it takes.
  let carried: Set<Graph.ValueID>
  /// The graph's element types of values that other plans may take.
  let carriedTypes: [Graph.ValueID: ElementType]
  /// Whether shapes that depend on the data leave nodes to be planned while running.
  package let isOpen: Bool
  let kernels: any KernelSet<T>
  /// Elements of scratch memory that a thread needs.
  let scratchCount: Int

  /// The nodes that the steps begin with, in their order; nil for permutations.
  package var stepNodes: [Int?] {
    steps.map { step in
      if case .node(let node) = step.work { node.index } else { nil }
    }
  }

  /// Plans a model.
  ///
  /// - Parameters:
  ///   - inputs: element type and shape of each of the graph's inputs that its outputs need.
  ///   - recorded: values that will be recorded beside the graph's outputs.
  ///   - fuses: whether one step may compute several layers (`Fusion`) where nobody asks for the values between.
  /// - Throws: `EngineError` that names every operator which cannot be run, or the node whose shapes do not
  ///   fit, before anything is computed.
  package init(
    _ model: Model, inputs: [Graph.ValueID: ValueType], recording recorded: Set<Graph.ValueID> = [],
    fuses: Bool = true, in context: EvaluationContext = EvaluationContext()
  ) throws(EngineError) {
    try self.init(
      model, inputs: inputs, outputs: Set(model.graph.outputs), recording: recorded, known: [:],
      fuses: fuses, in: context)
  }

  /// Checks that every operator can be run which the outputs and recorded values need.
  ///
  /// - Throws: `EngineError` that names all that cannot.
  package static func checkOperators(
    of model: Model, recording recorded: Set<Graph.ValueID> = []
  ) throws(EngineError) {
    try PlanBuilder<T>.checkOperators(model.graph, wanted: model.graph.outputs + recorded.sorted())
  }

  /// Plans what is left of a model when some of its values are there.
  ///
  /// - Parameter known: those values; `inputs` has their types as well.
  init(
    _ model: Model, inputs: [Graph.ValueID: ValueType], outputs: Set<Graph.ValueID>,
    recording recorded: Set<Graph.ValueID>, known: [Graph.ValueID: Tensor], fuses: Bool,
    in context: EvaluationContext
  ) throws(EngineError) {
    var builder = try PlanBuilder<T>(
      model, wanted: outputs.union(recorded).sorted(), inputs: inputs, known: known, fuses: fuses,
      context: context)
    try builder.addSteps()
    let arena = builder.placeInArena()
    arenaByteCount = arena.byteCount
    leastByteCount = arena.leastByteCount
    self.model = model
    self.fuses = fuses
    self.context = context
    graph = builder.graph
    self.inputs = builder.inputs
    self.outputs = outputs
    self.recorded = recorded
    cells = builder.cells
    steps = builder.steps
    cellOfValue = builder.valueCells.compactMapValues(\.first)
    carried = builder.carried
    carriedTypes = builder.elementTypes
    isOpen = !builder.postponed.isEmpty
    deliveries = builder.deliveries(of: recorded.union(outputs).union(carried))
    kernels = context.kernels[T.self]
    scratchCount = builder.scratchCount
  }
}
