internal import Formats
package import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors

/// Finds the first layer that a framework computes otherwise, with a few values recorded in each of about log₂ L runs.
///
/// A cut behind some nodes is the values that later ones read. What lies between a cut that is known to be right and
/// one further on is rerun from the recorded values of the first, so no error accumulates, and never more is recorded
/// than one cut.
package struct Bisection {
  /// One run of the framework.
  package struct Step: Sendable {
    /// The values that were recorded.
    package let values: [String]
    /// The nodes from the cut before to this one.
    package let nodes: Range<Int>
    /// The largest error over what rounding makes of that stretch.
    package let ratio: Double
    package let diverges: Bool
  }

  package struct Outcome: Sendable {
    package fileprivate(set) var steps: [Step] = []
    /// The first layer that diverges, judged on its own recorded inputs; nil where the heads agree.
    package fileprivate(set) var layer: LayerReport?
    /// Nodes of the graph.
    package let nodeCount: Int
  }

  private let model: Model
  private let options: TraceVerifier.Options
  private let record: (_ values: [String]) throws -> any TensorSource
  private let order: [Int]
  private let names: [Graph.ValueID: String]

  /// - Parameter record: runs the framework on the same inputs each time, and gives the trace of just these values.
  package init(
    _ model: Model, _ options: TraceVerifier.Options,
    record: @escaping (_ values: [String]) throws -> any TensorSource
  ) {
    self.model = model
    self.options = options
    self.record = record
    order = model.graph.nodeOrder
    names = model.graph.traceNames
  }

  /// - Parameter progress: told what each run found.
  /// - Throws: what recording throws; `VerificationError` where a stretch cannot be rerun.
  package func run(progress: (Step) -> Void = { _ in }) throws -> Outcome {
    var outcome = Outcome(nodeCount: order.count)
    var good = Cut(nodes: 0, tensors: [:])
    var bad = try take(order.count)
    func compare(_ cut: Cut) throws -> Bool {
      let step = try self.step(from: good, to: cut)
      outcome.steps.append(step)
      progress(step)
      return step.diverges
    }
    guard try compare(bad) else { return outcome }
    while bad.nodes - good.nodes > 1 {
      let cut = try take(middle(good.nodes, bad.nodes))
      if try compare(cut) { bad = cut } else { good = cut }
    }
    outcome.layer = try judge(order[good.nodes], from: good, to: bad)
    return outcome
  }

  /// What was recorded behind the first nodes.
  private struct Cut {
    let nodes: Int
    var inputs: [Graph.ValueID: Tensor] = [:]
    var tensors: [Graph.ValueID: Tensor]
    var metadata: [String: String] = [:]
  }

  private func name(_ id: Graph.ValueID) -> String { names[id] ?? model.graph[id].name }

  /// Values that nodes behind the cut read, and heads: all of them for a cut behind the last node.
  private func crossing(_ nodes: Int) -> [Graph.ValueID] {
    let graph = model.graph
    let computed = order[..<nodes].flatMap { graph.nodes[$0].outputs }
    if nodes == order.count { return computed.filter { graph.outputs.contains($0) } }
    let read = Set(order[nodes...].flatMap { graph.nodes[$0].inputs.compactMap { $0 } })
    return computed.filter(read.contains)
  }

  /// The cut nearest to the middle that fewest values cross, in the middle third.
  private func middle(_ low: Int, _ high: Int) -> Int {
    let (half, slack) = ((low + high) / 2, (high - low) / 6)
    let places = max(low + 1, half - slack)...min(high - 1, half + slack)
    return places.min { a, b in
      (crossing(a).count, abs(a - half)) < (crossing(b).count, abs(b - half))
    } ?? half
  }

  private func take(_ nodes: Int) throws -> Cut {
    let ids = crossing(nodes)
    let source = try record(ids.map(name))
    var cut = Cut(nodes: nodes, tensors: [:], metadata: source.metadata)
    for id in model.inputs {
      if let tensor = try source.tensor(named: "inputs/" + TraceName.encode(name(id))) {
        cut.inputs[id] = tensor
      }
    }
    for id in ids {
      guard let tensor = try source.tensor(named: "activations/" + TraceName.encode(name(id))) else {
        throw VerificationError(file: name(id), "was not recorded, and the search needs it")
      }
      cut.tensors[id] = tensor
    }
    return cut
  }

  private func step(from good: Cut, to cut: Cut) throws -> Step {
    let ids = Array(cut.tensors.keys).filter { good.tensors[$0] == nil }.sorted()
    let values = crossing(cut.nodes).map(name)
    // A node whose values nobody reads adds none.
    guard !ids.isEmpty else {
      return Step(values: values, nodes: good.nodes..<cut.nodes, ratio: 0, diverges: false)
    }
    let (part, trace) = try segment(from: good, to: cut, ids)
    let reports = try EndToEndVerifier(
      part, against: trace, arithmetic: options.arithmetic, threads: options.threads
    ).judge()
    let layers = reports.flatMap(\.layers)
    if let gap = reports.flatMap(\.gaps).first {
      throw VerificationError(file: gap.name, "cannot be rerun from the cut before it: \(gap.reason)")
    }
    let worst = layers.map(\.ratio).max() ?? 0
    return Step(
      values: values, nodes: good.nodes..<cut.nodes, ratio: worst,
      diverges: layers.contains(where: \.diverges))
  }

  /// The node's own verdict, from its recorded inputs.
  private func judge(_ node: Int, from good: Cut, to bad: Cut) throws -> LayerReport? {
    let ids = model.graph.nodes[node].outputs.filter { bad.tensors[$0] != nil }
    let (part, trace) = try segment(from: good, to: bad, ids)
    let reports = try TraceVerifier(part, against: trace, options).judge()
    return reports.max { $0.verdict < $1.verdict }
  }

  /// The nodes between two cuts as a network of their own, whose inputs are what was recorded at the first.
  private func segment(
    from good: Cut, to cut: Cut, _ targets: [Graph.ValueID]
  ) throws -> (Model, Trace) {
    let graph = model.graph
    var part = model
    part.graph = Graph()
    part.recipe = nil
    var tensors: [String: Tensor] = [:]
    var ids: [Graph.ValueID: Graph.ValueID] = [:]
    func variable(_ id: Graph.ValueID) -> Graph.ValueID {
      if let known = ids[id] { return known }
      let value = graph[id]
      let new = part.graph.addVariable(name(id), tensor: value.tensor, type: value.declaredType)
      if let tensor = good.tensors[id] ?? cut.inputs[id] {
        tensors["inputs/" + TraceName.encode(name(id))] = tensor
      }
      ids[id] = new
      return new
    }
    for index in needed(for: targets, from: good) {
      let node = graph.nodes[index]
      let inputs = node.inputs.map { $0.map { ids[$0] ?? variable($0) } }
      let outputs = part.graph.addNode(
        node.name, node.operation, inputs: inputs, outputNames: node.outputs.map(name), source: node.source)
      for (old, new) in zip(node.outputs, outputs) { ids[old] = new }
    }
    part.graph.setOutputs(targets.compactMap { ids[$0] })
    for id in targets {
      if let tensor = cut.tensors[id] { tensors["activations/" + TraceName.encode(name(id))] = tensor }
    }
    let source = HeldTensors(tensors: tensors, metadata: cut.metadata)
    return (part, try Trace(source, path: "the recording"))
  }

  /// The nodes that lead from the first cut to these values, in order.
  private func needed(for targets: [Graph.ValueID], from good: Cut) -> [Int] {
    let graph = model.graph
    var wanted = Set(targets)
    var nodes: [Int] = []
    for index in order.reversed() where graph.nodes[index].outputs.contains(where: wanted.contains) {
      nodes.append(index)
      for case let input? in graph.nodes[index].inputs where good.tensors[input] == nil {
        wanted.insert(input)
      }
    }
    return nodes.reversed()
  }
}

/// Tensors in memory, as a trace holds them.
private struct HeldTensors: TensorSource {
  let tensors: [String: Tensor]
  let metadata: [String: String]

  var names: [String] { tensors.keys.sorted() }
  func header(of name: String) -> (elementType: ElementType, shape: Shape)? {
    tensors[name].map { ($0.elementType, $0.shape) }
  }
  func tensor(named name: String) -> Tensor? { tensors[name] }
}
