package import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors

/// Judges a trace layer by layer, each rerun in fp64 on that very layer's recorded inputs.
///
/// No error accumulates from layer to layer, and only one layer is in memory at a time.
package struct TraceVerifier: Sendable {
  package struct Options: Sendable {
    /// Overrides what the trace says of its producer's arithmetic.
    package var arithmetic: Precision.Arithmetic?
    package var tolerance: Tolerance?
    /// Names of values to judge; nil judges all.
    package var selects: (@Sendable (String) -> Bool)?
    package var threads: Threads

    package init(
      arithmetic: Precision.Arithmetic? = nil, tolerance: Tolerance? = nil,
      selects: (@Sendable (String) -> Bool)? = nil, threads: Threads = Threads(1)
    ) {
      self.arithmetic = arithmetic
      self.tolerance = tolerance
      self.selects = selects
      self.threads = threads
    }
  }

  private var model: Model
  private let trace: Trace
  private let options: Options
  private let names: [Graph.ValueID: String]
  private let precision: Precision

  /// - Throws: `VerificationError` where the trace's own words about its arithmetic are unknown.
  package init(_ model: Model, against trace: Trace, _ options: Options) throws(VerificationError) {
    self.model = model
    self.trace = trace
    self.options = options
    names = model.graph.traceNames
    precision = try trace.precision(overridden: options.arithmetic)
  }

  /// Judges every value that nodes of the graph compute, in the order in which MXNet numbers them.
  ///
  /// - Parameter progress: told after each layer how many of how many are done.
  /// - Throws: the trace's format's error where it cannot be read.
  package func judge(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> [LayerReport] {
    let order = model.graph.postOrder.compactMap { if case .node(let node) = $0 { node } else { nil } }
    var reports: [LayerReport] = []
    for run in trace.runs {
      let verifier = try resolved(for: run)
      for (done, node) in order.enumerated() {
        reports += try verifier.judge(node, in: run)
        progress(done + 1, order.count)
      }
    }
    return reports
  }

  /// The verifier of the graph that deferred operators become by the shapes of a run's inputs.
  private func resolved(for run: Trace.Run) throws -> TraceVerifier {
    guard model.graph.nodes.contains(where: { $0.operation is Deferred }) else { return self }
    var given: [Graph.ValueID: ValueType] = [:]
    for id in model.inputs {
      if let tensor = try run.input(names[id] ?? model.graph[id].name) { given[id] = ValueType(tensor) }
    }
    // What does not fit is told layer by layer.
    guard let inference = try? GraphInference(model, given: given) else { return self }
    var copy = self
    copy.model.graph = inference.graph
    return copy
  }

  private func judge(_ index: Int, in run: Trace.Run) throws -> [LayerReport] {
    let node = model.graph.nodes[index]
    let wanted = node.outputs.enumerated().filter { _, id in
      options.selects?(names[id] ?? model.graph[id].name) ?? true
    }
    guard !wanted.isEmpty else { return [] }
    var recorded: [(place: Int, tensor: Tensor)] = []
    for (place, id) in wanted {
      if let tensor = try run.activation(names[id] ?? model.graph[id].name) {
        recorded.append((place, tensor))
      }
    }
    guard !recorded.isEmpty else {
      return wanted.map { report(node, $0.offset, .notJudged, reason: "it was not recorded") }
    }
    guard let operation = node.operation as? any Operator else {
      let reason = "no operator \(node.operation.name) is known here"
      return wanted.map { report(node, $0.offset, .notJudged, reason: reason) }
    }
    var values = RecordedValues(model: model, run: run, names: names)
    let inputs: [Tensor?]
    do { inputs = try node.inputs.map { try $0.map { try values.tensor($0) } } } catch let gap as Gap {
      return wanted.map { report(node, $0.offset, .notJudged, reason: gap.reason) }
    }
    if let reason = unsuitable(inputs, for: operation) {
      return wanted.map { report(node, $0.offset, .notJudged, reason: reason) }
    }
    return judge(node, operation, inputs: inputs, recorded: recorded, run: run)
  }

  private func judge(
    _ node: Node, _ operation: any Operator, inputs: [Tensor?], recorded: [(place: Int, tensor: Tensor)],
    run: Trace.Run
  ) -> [LayerReport] {
    let context = EvaluationContext(threads: options.threads)
    let outputs: [Tensor]
    do { outputs = try operation.evaluate(inputs, as: Double.self, in: context) } catch {
      return recorded.map { report(node, $0.place, .notJudged, reason: "it cannot be rerun: \(error)") }
    }
    return recorded.map { place, tensor in
      var layer = report(node, place, .notJudged)
      guard place < outputs.count else { return layer }
      layer = judge(layer, operation, inputs: inputs, expected: outputs[place], recorded: tensor)
      if layer.verdict.isFailure {
        layer.diagnosis =
          Diagnosis(
            operation: operation, inputs: inputs, output: place, recorded: tensor, expected: outputs[place],
            precision: precision, threads: options.threads
          ).sentence()
      }
      return layer
    }
  }

  private func judge(
    _ layer: LayerReport, _ operation: any Operator, inputs: [Tensor?], expected: Tensor, recorded: Tensor
  ) -> LayerReport {
    var layer = layer
    guard recorded.shape == expected.shape else {
      layer.verdict = .mismatch
      layer.reason = "recorded shape \(recorded.shape), expected \(expected.shape)"
      return layer
    }
    guard recorded.shape.count > 0, !recorded.elementType.isOpaque else {
      layer.reason =
        recorded.shape.count == 0 ? "it has no elements" : "\(recorded.elementType) is not computed with"
      return layer
    }
    let reference = expected.converted(to: Double.self)
    let operands = BoundOperands(
      inputs: inputs, outputShape: expected.shape, reference: reference,
      roundsPositions: trace.metadata["coordinates"] == "normalized")
    let bound = operation.errorBound(operands)
    if case .unknown(let reason) = bound {
      layer.reason = reason
      return layer
    }
    layer.statistics = judgeElements(
      recorded: recorded, expected: reference, bound: bound,
      otherSides: (operation as? any Discontinuous)?.otherSides(operands), precision: precision,
      tolerance: options.tolerance,
      on: options.threads)
    layer.verdict = layer.statistics.worstVerdict
    return layer
  }

  private func report(_ node: Node, _ output: Int, _ verdict: Verdict, reason: String = "") -> LayerReport {
    let id = node.outputs[output]
    return LayerReport(
      name: names[id] ?? model.graph[id].name, operatorName: node.operation.name,
      isDeformable: node.operation.name.hasPrefix("Deformable"), verdict: verdict, reason: reason)
  }
}

/// Why inputs of these element types cannot be reruns' inputs; nil where they can.
///
/// Most operators compute with floating-point numbers; what a file holds instead must not reach them.
private func unsuitable(_ inputs: [Tensor?], for operation: any Operator) -> String? {
  let takesAny = operation is any AnyTypeEvaluated
  for case let input? in inputs
  where takesAny ? input.elementType.isOpaque : !input.elementType.isFloatingPoint {
    return "an input has \(input.elementType.rawValue) elements, only floating-point ones are rerun"
  }
  return nil
}

/// A value that nothing recorded, nor can be derived from what was.
struct Gap: Error {
  let reason: String
}

/// The values of a run as a layer's inputs: weights, graph inputs, recorded activations, and what follows exactly
/// from those.
struct RecordedValues {
  let model: Model
  let run: Trace.Run
  let names: [Graph.ValueID: String]
  private var derived: [Graph.ValueID: Tensor] = [:]

  init(model: Model, run: Trace.Run, names: [Graph.ValueID: String]) {
    self.model = model
    self.run = run
    self.names = names
  }

  /// - Throws: `Gap` where the value is not known exactly.
  mutating func tensor(_ id: Graph.ValueID) throws -> Tensor {
    if let known = derived[id] { return known }
    let value = model.graph[id]
    if let name = value.tensor {
      guard let tensor = model.tensors[name] else { throw Gap(reason: "the model has no tensor '\(name)'") }
      return tensor
    }
    let name = names[id] ?? value.name
    guard let producer = value.producer else {
      guard let tensor = try run.input(name) else {
        throw Gap(reason: "its input '\(name)' was not recorded")
      }
      return tensor
    }
    if let tensor = try run.activation(name) { return tensor }
    return try derive(id, from: model.graph.nodes[producer.node], output: producer.output, name: name)
  }

  /// Reruns a node that rounds nothing: its result is as good as recorded.
  private mutating func derive(
    _ id: Graph.ValueID, from node: Node, output: Int, name: String
  ) throws -> Tensor {
    guard let operation = node.operation as? any Operator else {
      throw Gap(reason: "'\(name)' was not recorded")
    }
    var inputs: [Tensor?] = []
    for input in node.inputs { inputs.append(try input.map { try tensor($0) }) }
    guard unsuitable(inputs, for: operation) == nil,
      let results = try? operation.evaluate(inputs, as: Float.self),
      output < results.count
    else {
      throw Gap(reason: "its input '\(name)' was not recorded")
    }
    let operands = BoundOperands(
      inputs: inputs, outputShape: results[output].shape,
      reference: results[output].converted(to: Double.self))
    guard case .exact = operation.errorBound(operands) else {
      throw Gap(reason: "its input '\(name)' was not recorded")
    }
    derived[id] = results[output]
    return results[output]
  }
}
