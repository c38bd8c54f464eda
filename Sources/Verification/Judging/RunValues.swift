internal import Formats
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Synchronization
internal import Tensors

/// A value that nothing recorded, nor can be derived from what was.
struct Gap: Error {
  let reason: String
}

/// A value as a layer is rerun on it.
struct LayerInput {
  let tensor: Tensor
  /// What it may be off by; nil where it was recorded, or follows exactly from what was.
  var error: CarriedError?
  /// The values behind the recorded ones that were rerun to get here, in the graph's order.
  var stretch: [String] = []
}

/// The values of a run as layers' inputs: weights, graph inputs, recorded activations, and what is rerun from those
/// where a stretch of layers was not recorded.
///
/// Reruns go along the graph's order, each node once, and a value goes when its last reader has been judged.
struct RunValues: Sendable {
  let model: Model
  let run: Trace.Run
  let names: [Graph.ValueID: String]
  private let precision: Precision
  private let context: EvaluationContext
  /// Values that nobody recorded and that a recorded value depends on.
  private let needed: Set<Graph.ValueID>
  private var rerun: [Graph.ValueID: LayerInput] = [:]
  private var gaps: [Graph.ValueID: String] = [:]
  private var lastReader: [Graph.ValueID: Int] = [:]
  private let recordings: Recordings

  /// - Parameters:
  ///   - order: the nodes in the order in which they are judged and passed.
  ///   - wanted: whether a value is to be judged.
  init(
    model: Model, run: Trace.Run, names: [Graph.ValueID: String], order: [Int], precision: Precision,
    threads: Threads, wanted: (Graph.ValueID) -> Bool
  ) {
    self.model = model
    self.run = run
    self.names = names
    self.precision = precision
    context = EvaluationContext(threads: threads)
    let graph = model.graph
    let recorded = run.encodedActivations
    func isRecorded(_ id: Graph.ValueID) -> Bool {
      recorded.contains(TraceName.encode(names[id] ?? graph[id].name)[...])
    }
    var needed: Set<Graph.ValueID> = []
    for node in order.reversed().map({ graph.nodes[$0] }) {
      let isRead = node.outputs.contains { needed.contains($0) || (isRecorded($0) && wanted($0)) }
      guard isRead else { continue }
      for case let input? in node.inputs where graph[input].producer != nil && !isRecorded(input) {
        needed.insert(input)
      }
    }
    self.needed = needed
    for index in order {
      let node = graph.nodes[index]
      for case let id? in node.inputs + node.outputs where graph[id].producer != nil {
        lastReader[id] = index
      }
    }
    recordings = Recordings()
  }

  /// A recorded value; nil where it was not recorded.
  ///
  /// - Throws: the trace's error where it cannot be read.
  func recorded(_ id: Graph.ValueID) throws -> Tensor? {
    try recordings.value(id) { try run.activation(names[id] ?? model.graph[id].name) }
  }

  /// - Throws: `Gap` where the value is not known; the trace's error where it cannot be read.
  func input(_ id: Graph.ValueID) throws -> LayerInput {
    if let known = rerun[id] { return known }
    let value = model.graph[id]
    if let name = value.tensor {
      guard let tensor = model.tensors[name] else { throw Gap(reason: "the model has no tensor '\(name)'") }
      return LayerInput(tensor: tensor)
    }
    let name = names[id] ?? value.name
    if let tensor = value.producer == nil ? try run.input(name) : try recorded(id) {
      return LayerInput(tensor: tensor)
    }
    throw Gap(
      reason: gaps[id].map { "its input '\(name)' was not recorded: \($0)" }
        ?? "its input '\(name)' was not recorded")
  }

  /// Reruns a node whose values were not recorded, where a recorded one depends on them.
  ///
  /// - Throws: the trace's error where it cannot be read.
  mutating func pass(_ index: Int) throws {
    let node = model.graph.nodes[index]
    for (output, id) in node.outputs.enumerated() where needed.contains(id) {
      do { rerun[id] = try derive(node, output: output) } catch let gap as Gap { gaps[id] = gap.reason }
    }
    for case let id? in node.inputs + node.outputs where lastReader[id] == index {
      rerun[id] = nil
      recordings.forget(id)
    }
  }

  private func derive(_ node: Node, output: Int) throws -> LayerInput {
    guard let operation = node.operation as? any Operator else {
      throw Gap(reason: "no operator \(node.operation.name) is known here")
    }
    let inputs = try node.inputs.map { try $0.map { try input($0) } }
    let tensors = inputs.map { $0?.tensor }
    if let reason = unsuitable(tensors, for: operation) { throw Gap(reason: reason) }
    let stretch = Self.stretch(inputs)
    let name = names[node.outputs[output]] ?? node.name
    do {
      let results = try operation.evaluate(tensors, as: Double.self, in: context)
      guard results.indices.contains(output) else { throw Gap(reason: "\(node.name) has no such output") }
      let result = results[output]
      let bound = operation.errorBound(
        BoundOperands(
          inputs: tensors, outputShape: result.shape, reference: Elements(result.widened)))
      // What rounds nothing is as good as recorded.
      if inputs.allSatisfy({ $0?.error == nil }), bound.isExact {
        return LayerInput(tensor: result, stretch: stretch)
      }
      let local = try roundingError(operation, tensors, result: result, bound: bound)
      let carried = try carriedError(operation, inputs, output: output)
      return LayerInput(tensor: result, error: carried.map { $0 + local } ?? local, stretch: stretch + [name])
    } catch let error as OperatorError { throw Gap(reason: "it cannot be rerun: \(error)") }
  }

  /// What a node's inputs' errors become in one of its values; nil where they have none.
  ///
  /// - Throws: `Gap` where that is not known.
  func carriedError(
    _ operation: any Operator, _ inputs: [LayerInput?], output: Int
  ) throws -> CarriedError? {
    guard inputs.contains(where: { $0?.error != nil }) else { return nil }
    let carried = try (operation as? any ErrorCarrying)?.carry(
      inputs.map { $0?.error }, of: inputs.map { $0?.tensor }, to: output, in: context)
    guard let carried else {
      let values = Self.stretch(inputs).suffix(3).joined(separator: "', '")
      throw Gap(
        reason: "'\(values)' was not recorded, and what its error does to a \(operation.name) is not known")
    }
    return carried
  }

  /// The unrecorded values on the way to these, each once.
  static func stretch(_ inputs: [LayerInput?]) -> [String] {
    var names: [String] = []
    for case let input? in inputs {
      for name in input.stretch where !names.contains(name) { names.append(name) }
    }
    return names
  }
}

/// Recorded values that were read last and have readers left, so that they are not read again; a few, so that memory
/// depends on the largest layers alone.
private final class Recordings: Sendable {
  private let kept = Mutex<[(id: Graph.ValueID, tensor: Tensor)]>([])

  /// Between layers stand one value, those of branches that join soon, and what is read ahead.
  private static let most = 5

  /// One thread reads at a time: what it reads another may be waiting for.
  func value(_ id: Graph.ValueID, reading read: () throws -> Tensor?) throws -> Tensor? {
    try kept.withLock { kept in
      if let found = kept.first(where: { $0.id == id }) { return found.tensor }
      guard let tensor = try read() else { return nil }
      if kept.count == Self.most { kept.removeFirst() }
      kept.append((id, tensor))
      return tensor
    }
  }

  func forget(_ id: Graph.ValueID) { kept.withLock { $0.removeAll { $0.id == id } } }
}

extension RunValues {
  /// The most products that are listed one by one to find a layer's rounding error.
  private static let maximumTerms = 1 << 26

  /// What a node's own arithmetic may round of each element.
  ///
  /// - Throws: `Gap` where that is not known.
  private func roundingError(
    _ operation: any Operator, _ inputs: [Tensor?], result: Tensor, bound: ErrorBound
  ) throws -> CarriedError {
    let reference = result.converted(to: Double.self)
    let count = reference.count
    let u = precision.arithmetic.roundoff
    var (variance, hard) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    switch bound {
    case .exact: break
    case .elementwise(let bound):
      for element in 0..<count {
        let error = bound.error(of: element)
        variance[element] = error.sigma * error.sigma * u * u
        hard[element] = error.hard * u
      }
    case .sums(let bound):
      let judge = SumJudge(bound: bound, precision: precision.arithmetic)
      if let products = operation as? any SumOfProducts {
        let sums = try products.sums(of: inputs, in: context)
        let (squares, magnitudes) = (
          sums.squares.converted(to: Double.self), sums.magnitudes.converted(to: Double.self)
        )
        for element in 0..<count {
          let error = judge.error(
            termCount: bound.termCount(of: element), value: reference[element], squares: squares[element],
            magnitude: magnitudes[element])
          (variance[element], hard[element]) = (error.sigma * error.sigma, error.hard)
        }
      } else {
        let terms = (0..<count).reduce(0) { $0 + bound.termCount(of: $1) }
        guard terms <= Self.maximumTerms else {
          throw Gap(reason: "it was not recorded, and is too large to derive its error")
        }
        var scratch = SumTerms()
        for element in 0..<count {
          let error = judge.error(element, value: reference[element], observed: .infinity, &scratch)
          (variance[element], hard[element]) = (error.sigma * error.sigma, error.hard)
        }
      }
    case .discrete, .unknown:
      throw Gap(reason: "it was not recorded, and \(operation.name) has no bound that others could build on")
    }
    return CarriedError(
      variance: Tensor(variance, shape: result.shape), bound: Tensor(hard, shape: result.shape))
  }
}

extension CarriedError {
  /// The error of a sum of two that do not depend on each other.
  fileprivate static func + (a: Self, b: Self) -> Self {
    func sum(_ part: (Self) -> Tensor) -> Tensor {
      Tensor(
        zip(part(a).converted(to: Double.self), part(b).converted(to: Double.self)).map(+),
        shape: part(a).shape)
    }
    return Self(variance: sum(\.variance), bound: sum(\.bound))
  }
}
