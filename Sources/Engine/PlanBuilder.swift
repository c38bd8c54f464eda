internal import Bytes
package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// Makes a plan: walks the needed nodes in order, chooses layouts, and prepares each node's step.
struct PlanBuilder<T: EvaluationLane> {
  private let model: Model
  /// The model's, with each deferred node replaced by the operator that it turned out to be.
  let graph: Graph
  private let context: EvaluationContext
  private let kernels: any KernelSet<T>
  private let inference: GraphInference
  private let order: [Int]
  private let fusion: Fusion
  /// The values that needed nodes read.
  private let read: Set<Graph.ValueID>
  private(set) var inputs: [(id: Graph.ValueID, type: ValueType)] = []
  private(set) var cells: [Cell] = []
  private(set) var steps: [PlannedStep<T>] = []
  /// The cells of a value by layout, the one in which it first appeared in front.
  private(set) var valueCells: [Graph.ValueID: [Int]] = [:]
  private(set) var scratchCount = 0
  /// Nodes that cannot be planned before a value is there whose shape depends on the data.
  private(set) var postponed: [Int] = []

  /// - Parameter known: values that an earlier plan computed; `inputs` has their types.
  init(
    _ model: Model, wanted: [Graph.ValueID], inputs: [Graph.ValueID: ValueType],
    known: [Graph.ValueID: Tensor], fuses: Bool, context: EvaluationContext
  ) throws(EngineError) {
    self.model = model
    self.context = context
    kernels = context.kernels[T.self]
    try Self.checkOperators(model.graph, wanted: wanted, given: inputs.keys)
    do { inference = try GraphInference(model, given: inputs, known: known) } catch {
      throw EngineError(place: "", error.description)
    }
    graph = inference.graph
    // What inference folded of floating-point numbers is computed again, in this plan's precision.
    let folded = inference.constants.filter { !$0.value.elementType.isFloatingPoint }.keys
    let needed = graph.needed(for: wanted, given: Set(inputs.keys).union(folded))
    order = needed.nodes
    read = Set(needed.nodes.flatMap { [graph] in graph.nodes[$0].inputs.compactMap { $0 } })
    let types = inference
    fusion =
      fuses
      ? Fusion(
        graph, order: order, kept: wanted, shape: { types[$0].shape.complete },
        isWeight: { [graph] id in inputs[id] == nil && graph[id].tensor != nil }) : Fusion()
    for id in needed.variables {
      if inputs[id] != nil || (graph[id].tensor == nil && inference.constants[id] == nil) {
        try addInput(id, inputs[id] ?? inference[id])
      } else if let tensor = inference.constants[id] {
        addConstant(T.held(tensor), id)
      } else {
        throw EngineError(
          place: "tensor '\(graph[id].tensor ?? "")'", "found nothing, expected a tensor of the model")
      }
    }
  }

  /// Refuses operators that cannot be run, all of them by name.
  static func checkOperators(
    _ graph: Graph, wanted: [Graph.ValueID], given: some Collection<Graph.ValueID> = []
  ) throws(EngineError) {
    let unknown = graph.needed(for: wanted, given: given).nodes.filter { !graph.nodes[$0].operation.canBeRun }
    guard let first = unknown.first else { return }
    let names = Set(unknown.map { graph.nodes[$0].operation.name }).sorted()
    throw EngineError(
      place: "node \(first) '\(graph.nodes[first].name)'",
      "found \(unknown.count == 1 ? "an operator" : "operators") that cannot be run: "
        + "\(names.joined(separator: ", ")), expected known ones (the model can be inspected and exported)")
  }

  private mutating func addConstant(_ tensor: Tensor, _ id: Graph.ValueID) {
    cells.append(
      Cell(
        storage: .constant(tensor), elementType: tensor.elementType, shape: tensor.shape, layout: .logical))
    valueCells[id, default: []].append(cells.count - 1)
  }

  private mutating func addInput(_ id: Graph.ValueID, _ type: ValueType) throws(EngineError) {
    guard let shape = type.shape.complete else {
      throw EngineError(
        .request, place: "input '\(graph[id].name)'",
        "found shape \(type.shape), expected every dimension (name the input's shape or its file)")
    }
    inputs.append((id, ValueType(type.elementType, PartialShape(shape))))
    cells.append(
      Cell(storage: .fed(id), elementType: T.held(type.elementType), shape: shape, layout: .logical))
    valueCells[id, default: []].append(cells.count - 1)
  }

  /// Plans every needed node whose inputs' shapes are known.
  mutating func addSteps() throws(EngineError) {
    for index in order where !fusion.isWithin(index) {
      let chain = fusion.chain(endingAt: index)
      let inputs = chain?.inputs ?? graph.nodes[index].inputs
      if graph.nodes[index].operation is Deferred
        || inputs.contains(where: { $0.map { valueCells[$0] == nil } ?? false })
      {
        postponed += chain?.nodes ?? [index]
        continue
      }
      let blamed = chain?.nodes[0] ?? index
      do {
        if let chain { try add(chain) } else { try add(index) }
      } catch { throw EngineError(node: blamed, of: graph, error) }
    }
    guard steps.isEmpty, let first = postponed.first else { return }
    throw EngineError(
      node: first, of: graph, "found inputs from which its shape does not follow, expected known dimensions")
  }

  /// Plans a chain as one step; where its data are known already, its nodes are evaluated one by one.
  private mutating func add(_ chain: Fusion.Chain) throws(OperatorError) {
    guard let data = chain.inputs[0], let cell = valueCells[data]?.first, constant(cell) == nil else {
      for index in chain.nodes { try add(index) }
      return
    }
    let normalization = chain.normalization
    let parameters = normalization?.parameters.compactMap { valueCells[$0]?.first }
      .compactMap { constant($0) }
    let root = graph.nodes[chain.nodes[0]]
    try add(
      chain.nodes[0], inputs: root.inputs + (chain.addend.map { [$0] } ?? []),
      outputs: graph.nodes[chain.nodes[chain.nodes.count - 1]].outputs,
      Epilogue(
        affine: normalization.flatMap { norm in parameters.map { norm.operation.affine($0, as: T.self) } },
        addend: chain.addend == nil ? nil : root.inputs.count, rectifies: chain.rectifies))
  }

  private mutating func add(_ index: Int) throws(OperatorError) {
    try add(index, inputs: graph.nodes[index].inputs, outputs: graph.nodes[index].outputs, Epilogue())
  }

  /// - Parameter ids: the node's inputs, or more, and its outputs, or those of the node that it is fused with.
  private mutating func add(
    _ index: Int, inputs ids: [Graph.ValueID?], outputs results: [Graph.ValueID], _ epilogue: Epilogue<T>
  ) throws(OperatorError) {
    let node = graph.nodes[index]
    guard let operation = node.operation as? any Operator else { return }
    let present = ids.map { $0.flatMap { valueCells[$0]?.first } }
    let constants = present.map { $0.flatMap { constant($0) } }
    if try fold(node, operation, constants) { return }
    let shapes = results.map { inference[$0].shape.complete }
    let placement = operation.placement(
      inputs: present.map { $0.map { (cells[$0].shape, cells[$0].layout) } }, outputs: shapes,
      isDelivered: read.isDisjoint(with: results))
    let inputs = zip(ids, placement.inputs).map { id, layout in id.map { cell($0, layout) } }
    let site = Site<T>(
      inputs: zip(inputs, constants).map { cell, constant in
        cell.map { argument(cells[$0], constant) }
      },
      outputs: zip(results, placement.outputs).enumerated().map { place, output in
        shapes[place].map {
          Site<T>.Argument(
            elementType: T.held(inference[output.0].elementType), shape: $0, layout: output.1)
        }
      }, kernels: kernels, epilogue: epilogue)
    let isReady = zip(operation.inputs, constants).enumerated().allSatisfy { place, input in
      [.data, .label].contains(input.0.role) || input.1 != nil || inputs[place] == nil
    }
    let step = isReady ? try T.prepare(operation, site) : nil
    scratchCount = max(scratchCount, step?.scratch ?? 0)
    let outputs = add(results, site, step, inputs)
    if case .alias = step?.work { return }
    steps.append(
      PlannedStep(
        work: .node(
          PlannedNode(
            index: index, operation: operation, site: site, step: step, inputs: inputs, outputs: outputs))))
  }

  /// Makes the cells of a node's outputs; nil where the shape depends on the data.
  private mutating func add(
    _ ids: [Graph.ValueID], _ site: Site<T>, _ step: Step<T>?, _ inputs: [Int?]
  ) -> [Int?] {
    var outputs: [Int?] = []
    for (place, id) in ids.enumerated() {
      guard let output = site.outputs[place] else {
        outputs.append(nil)
        continue
      }
      var storage = Cell.Storage.arena(nil)
      if place == 0, case .alias(let input) = step?.work, let source = inputs[input] {
        storage = .alias(source)
      }
      cells.append(
        Cell(
          storage: storage, elementType: output.elementType, shape: output.shape, layout: output.layout))
      outputs.append(cells.count - 1)
      valueCells[id, default: []].append(cells.count - 1)
    }
    return outputs
  }

  /// Evaluates a node of which all inputs are known, now and for good.
  private mutating func fold(
    _ node: Node, _ operation: any Operator, _ constants: [Tensor?]
  ) throws(OperatorError) -> Bool {
    guard zip(node.inputs, constants).allSatisfy({ $0 == nil || $1 != nil }) else {
      return false
    }
    let results = try operation.evaluate(constants, as: T.self, in: context)
    for (id, tensor) in zip(node.outputs, results) { addConstant(tensor, id) }
    return true
  }

  private func constant(_ cell: Int) -> Tensor? {
    if case .constant(let tensor) = cells[cell].storage, cells[cell].layout == .logical {
      tensor
    } else {
      nil
    }
  }

  private func argument(_ cell: Cell, _ constant: Tensor?) -> Site<T>.Argument {
    Site<T>.Argument(
      elementType: cell.elementType, shape: cell.shape, layout: cell.layout, constant: constant)
  }

  /// The value's cell in a layout, with a permutation where there is none yet.
  private mutating func cell(_ id: Graph.ValueID, _ layout: Layout) -> Int {
    let known = valueCells[id] ?? []
    if let same = known.first(where: { cells[$0].layout == layout }) { return same }
    guard let first = known.first else { preconditionFailure("value \(id.index) comes before its producer") }
    let source = cells[first]
    var storage = Cell.Storage.arena(nil)
    if case .constant(let tensor) = source.storage {
      let physical = tensor.reshaped(to: source.physicalShape)
      storage = .constant(
        physical.permuted(from: source.layout, to: layout, with: kernels, on: context.threads))
    } else if source.layout.agrees(with: layout, on: source.shape) {
      storage = .alias(first)
    } else {
      steps.append(PlannedStep(work: .permute(from: first, to: cells.count)))
    }
    cells.append(
      Cell(storage: storage, elementType: source.elementType, shape: source.shape, layout: layout))
    valueCells[id, default: []].append(cells.count - 1)
    return cells.count - 1
  }

  /// Gives every computed cell its place in one arena.
  mutating func placeInArena() -> Arena {
    var lifetimes: [Int: ClosedRange<Int>] = [:]
    for (time, step) in steps.enumerated() {
      for cell in step.writes + step.reads {
        let root = root(of: cell)
        guard case .arena = cells[root].storage else { continue }
        let born = lifetimes[root]?.lowerBound ?? time
        lifetimes[root] = born...time
      }
    }
    let roots = lifetimes.keys.sorted()
    let arena = Arena(
      roots.map {
        Arena.Block(byteCount: cells[$0].byteCount, lifetime: lifetimes[$0] ?? 0...0)
      })
    for (root, offset) in zip(roots, arena.offsets) { cells[root].storage = .arena(offset) }
    return arena
  }

  /// The wanted values by the step after which they are there; in front those that need none.
  func deliveries(of wanted: Set<Graph.ValueID>) -> [[Graph.ValueID]] {
    var writer: [Int: Int] = [:]
    for (time, step) in steps.enumerated() {
      for cell in step.writes { writer[cell] = time }
    }
    var deliveries: [[Graph.ValueID]] = Array(repeating: [], count: steps.count + 1)
    for id in wanted.sorted() {
      guard let cell = valueCells[id]?.first else { continue }
      deliveries[(writer[root(of: cell)] ?? -1) + 1].append(id)
    }
    return deliveries
  }

  /// The values planned here that postponed nodes take, weights and other constants left out.
  var carried: Set<Graph.ValueID> {
    let taken = postponed.flatMap { graph.nodes[$0].inputs.compactMap { $0 } }
    return Set(
      taken.filter { id in
        guard let cell = valueCells[id]?.first else { return false }
        switch cells[root(of: cell)].storage {
        case .constant: return graph[id].producer != nil && inference.constants[id] == nil
        case .fed: return graph[id].producer != nil
        case .arena, .alias: return true
        }
      })
  }

  /// Element types as the graph has them, of the values that nodes compute; none where nothing is postponed.
  var elementTypes: [Graph.ValueID: ElementType] {
    guard !postponed.isEmpty else { return [:] }
    var types: [Graph.ValueID: ElementType] = [:]
    for id in order.flatMap({ graph.nodes[$0].outputs }) { types[id] = inference[id].elementType }
    return types
  }

  private func root(of cell: Int) -> Int {
    var cell = cell
    while case .alias(let source) = cells[cell].storage { cell = source }
    return cell
  }
}

extension Operation {
  /// Whether it is evaluated; a deferred one turns out to be another operator.
  var canBeRun: Bool { self is any Operator }
}

extension Graph {
  /// The nodes that values need, in the graph's order, and the variables that those take.
  ///
  /// - Parameter given: values that need no node; they count as variables.
  package func needed(
    for values: [ValueID], given: some Collection<ValueID> = []
  ) -> (nodes: [Int], variables: [ValueID]) {
    let given = Set(given)
    var nodes: Set<Int> = []
    var variables: Set<ValueID> = []
    var pending = values
    while let id = pending.popLast() {
      guard !given.contains(id), let producer = self[id].producer else {
        variables.insert(id)
        continue
      }
      if nodes.insert(producer.node).inserted {
        pending += self.nodes[producer.node].inputs.compactMap { $0 }
      }
    }
    return (nodes.sorted(), variables.sorted())
  }
}
