internal import Graphs
internal import Operators
internal import Tensors

/// The state of one run: where each cell's elements are.
struct Run<T: EvaluationLane> {
  private let plan: Plan<T>
  private let workspace: Workspace<T>
  private let fed: [Graph.ValueID: Tensor]

  init(_ plan: Plan<T>, _ workspace: Workspace<T>, fed: [Graph.ValueID: Tensor]) {
    precondition(workspace.tensors.count == plan.cells.count, "a workspace of another plan")
    self.plan = plan
    self.workspace = workspace
    self.fed = fed
  }

  /// A cell's elements under its dimensions in memory order.
  private func tensor(_ index: Int) -> Tensor {
    let cell = plan.cells[index]
    switch cell.storage {
    case .constant, .arena:
      guard let tensor = workspace.tensors[index] else { preconditionFailure("cell \(index) has no place") }
      return tensor
    case .fed(let id):
      guard let tensor = fed[id] else { preconditionFailure("cell \(index) was not fed") }
      return tensor
    case .alias(let source): return tensor(source).reshaped(to: cell.physicalShape)
    }
  }

  /// A cell's elements in logical order, in memory that no later step writes.
  func logicalCopy(of index: Int) -> Tensor {
    let cell = plan.cells[index]
    let tensor = tensor(index)
    guard cell.layout.agrees(with: .logical, on: cell.shape) else {
      return tensor.permuted(
        from: cell.layout, to: .logical, with: plan.kernels, on: workspace.threads)
    }
    let copy = isShared(index) ? tensor : tensor.copied()
    return copy.reshaped(to: cell.shape)
  }

  /// Whether no step writes the memory again.
  private func isShared(_ index: Int) -> Bool {
    switch plan.cells[index].storage {
    case .constant, .fed: true
    case .arena: false
    case .alias(let source): isShared(source)
    }
  }

  func permute(_ from: Int, _ to: Int) {
    let (source, target) = (plan.cells[from], plan.cells[to])
    guard case .arena(let offset?) = target.storage else { preconditionFailure("cell \(to) has no place") }
    tensor(from).permute(
      from: source.layout, to: target.layout, into: workspace.arena, at: offset, with: plan.kernels,
      on: workspace.threads)
  }

  /// Runs a node's step.
  ///
  /// - Returns: outputs whose shapes depend on the data, in logical order, by their places.
  func evaluate(_ node: PlannedNode<T>) throws(OperatorError) -> [(place: Int, tensor: Tensor)] {
    let inputs = node.inputs.map { $0.map { tensor($0) } }
    // Not by ??, whose closure forgets the error's type.
    let step: Step<T>
    if let planned = node.step { step = planned } else { step = try prepare(node, inputs) }
    let outputs = node.outputs.map { index -> Evaluation<T>.Output? in
      guard let index else { return nil }
      let cell = plan.cells[index]
      guard case .arena(let offset?) = cell.storage else { return nil }
      return Evaluation<T>.Output(
        elementType: cell.elementType, memory: workspace.arena, byteOffset: offset, count: cell.shape.count)
    }
    let scratch =
      node.step == nil
      ? MutableElements<T>(count: step.scratch * workspace.threads.count) : workspace.scratch
    let evaluation = Evaluation<T>(
      inputs: inputs, outputs: outputs, threads: workspace.threads, scratch: scratch)
    switch step.work {
    case .run(let body): try body(evaluation)
    case .alias(let input): evaluation.copyBytes(of: input)
    }
    let emitted = evaluation.emitted
    return node.outputs.indices.compactMap { place in
      guard node.outputs[place] == nil else { return nil }
      guard let tensor = emitted[place] else { preconditionFailure("output \(place) was not emitted") }
      return (place, T.held(tensor))
    }
  }

  /// A step whose parameters came only with the run.
  private func prepare(_ node: PlannedNode<T>, _ inputs: [Tensor?]) throws(OperatorError) -> Step<T> {
    let site = node.site
    let arguments = site.inputs.enumerated().map { place, argument -> Site<T>.Argument? in
      guard let argument else { return nil }
      return Site<T>.Argument(
        elementType: argument.elementType, shape: argument.shape, layout: argument.layout,
        constant: argument.constant ?? (argument.layout == .logical ? inputs[place] : nil))
    }
    return try T.prepare(
      node.operation,
      Site(inputs: arguments, outputs: site.outputs, kernels: site.kernels, epilogue: site.epilogue))
  }
}
