package import Graphs
internal import Operators
internal import OrderedCollections
internal import Synchronization
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
    /// Whether recorded gradients of single layers are judged, too.
    package var gradients = false
    /// How many of the worst layers keep where their errors are; with 0 no layer's errors are gathered at all.
    package var shownLayers = 0

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

  var model: Model
  let trace: Trace
  let options: Options
  let names: [Graph.ValueID: String]
  let precision: Precision

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
    var reports: [LayerReport] = []
    var shown: [Int] = []
    let ahead = Mutex<Result<PartJudge?, any Error>?>(nil)
    try eachNode(progress: progress) { verifier, node, next, values in
      let parts =
        try ahead.withLock { $0.take() }?.get() ?? verifier.partJudge(of: node, values, on: options.threads)
      // While a node is judged, the next one's values are read and its weights packed.
      let report = parts.flatMap { parts in
        verifier.report(node, parts) {
          guard let next else { return }
          let read = Result { try verifier.partJudge(of: next, values, on: Threads(1)) }
          ahead.withLock { $0 = read }
        }
      }
      if let report {
        reports.append(report)
      } else {
        for layer in try verifier.reruns(of: node, values) {
          reports.append(verifier.judge(layer))
          dropPlaces(of: &reports, shown: &shown)
        }
      }
      if options.gradients { reports += try verifier.judgeGradients(node, of: values) }
    }
    return reports
  }

  /// Gives each node to a body, in the order in which MXNet numbers them, with the verifier and values of its run, and
  /// the node that comes next in that.
  ///
  /// - Throws: the trace's format's error where it cannot be read.
  func eachNode(
    progress: (_ done: Int, _ total: Int) -> Void,
    _ body: (TraceVerifier, Int, _ next: Int?, RunValues) throws -> Void
  ) throws {
    let order = model.graph.nodeOrder
    for run in trace.runs {
      let verifier = try resolved(for: run)
      var values = RunValues(
        model: verifier.model, run: run, names: names, order: order, precision: precision,
        threads: options.threads, wanted: isWanted)
      for (done, node) in order.enumerated() {
        try body(verifier, node, done + 1 < order.count ? order[done + 1] : nil, values)
        try values.pass(node)
        progress(done + 1, order.count)
      }
    }
  }

  /// Keeps where the errors are of the worst layers alone, so that memory does not grow with the network.
  ///
  /// - Parameter shown: places in the list of the reports that have it; the last report is new.
  private func dropPlaces(of reports: inout [LayerReport], shown: inout [Int]) {
    guard let last = reports.indices.last, reports[last].statistics.distribution?.places != nil else {
      return
    }
    shown.append(last)
    guard shown.count > options.shownLayers else { return }
    let best = shown.indices.reduce(0) { reports[shown[$0]].isWorse(than: reports[shown[$1]]) ? $1 : $0 }
    reports[shown.remove(at: best)].statistics.distribution?.places = nil
  }

  /// The verifier of the graph that deferred operators become by the shapes of a run's inputs.
  private func resolved(for run: Trace.Run) throws -> TraceVerifier {
    guard model.graph.nodes.contains(where: { $0.operation is Deferred }) else { return self }
    var given: [Graph.ValueID: ValueType] = [:]
    for id in model.inputs {
      if let tensor = try run.input(name(of: id)) { given[id] = ValueType(tensor) }
    }
    // What does not fit is told layer by layer.
    guard let inference = try? GraphInference(model, given: given) else { return self }
    var copy = self
    copy.model.graph = inference.graph
    return copy
  }

  func isWanted(_ id: Graph.ValueID) -> Bool { options.selects?(name(of: id)) ?? true }

  /// Whether the trace's producer rounds positions otherwise than by any declared order.
  var roundsPositions: Bool { trace.metadata["coordinates"] == "normalized" }

  /// What the trace calls a value.
  func name(of id: Graph.ValueID) -> String { names[id] ?? model.graph[id].name }

  /// The wanted values of a node: rerun, or with the reason why not.
  func reruns(of index: Int, _ values: RunValues) throws -> [RerunLayer] {
    let node = model.graph.nodes[index]
    let wanted = node.outputs.enumerated().filter { isWanted($0.element) }
    guard !wanted.isEmpty else { return [] }
    func unjudged(_ place: Int, _ reason: String) -> RerunLayer {
      RerunLayer(report: report(node, place, .notJudged, reason: reason), rerun: nil)
    }
    var recorded: [(place: Int, tensor: Tensor)] = []
    for (place, id) in wanted {
      if let tensor = try values.recorded(id) {
        recorded.append((place, tensor))
      }
    }
    guard !recorded.isEmpty else { return wanted.map { unjudged($0.offset, "it was not recorded") } }
    guard let operation = node.operation as? any Operator else {
      return wanted.map { unjudged($0.offset, "no operator \(node.operation.name) is known here") }
    }
    let inputs: [LayerInput?]
    do {
      inputs = try zip(node.inputs, operation.roles(node.inputs.count)).map { id, role in
        try role == .label ? nil : id.map { try values.input($0) }
      }
    } catch let gap as Gap {
      return wanted.map { unjudged($0.offset, gap.reason) }
    }
    let read = inputs.map { $0?.tensor }
    if let reason = unsuitable(read, for: operation) { return wanted.map { unjudged($0.offset, reason) } }
    // Rerun, bound and diagnosis all take them in fp64.
    let tensors = read.map { $0.map { Double.held($0, on: options.threads) } }
    let context = EvaluationContext(threads: options.threads)
    let outputs: [Tensor]
    do { outputs = try operation.evaluate(tensors, as: Double.self, in: context) } catch {
      return recorded.map { unjudged($0.place, "it cannot be rerun: \(error)") }
    }
    return try recorded.map { place, tensor in
      guard place < outputs.count else { return unjudged(place, "") }
      let carried: CarriedError?
      do { carried = try values.carriedError(operation, inputs, output: place) } catch let gap as Gap {
        var layer = unjudged(place, gap.reason)
        layer.report.segment = RunValues.stretch(inputs)
        return layer
      }
      let all = try node.outputs.enumerated().map { other, id -> Tensor? in
        if other == place { return tensor }
        let sibling = try values.recorded(id)
        return other < outputs.count && sibling?.shape == outputs[other].shape ? sibling : nil
      }
      var layer = RerunLayer(
        report: report(node, place, .notJudged),
        rerun: Diagnosis(
          operation: operation, inputs: tensors, output: place, recorded: tensor, outputs: all,
          expected: outputs[place], precision: precision,
          roundsPositions: roundsPositions,
          threads: options.threads))
      layer.carried = carried
      layer.report.segment = RunValues.stretch(inputs)
      return layer
    }
  }

  func judge(_ layer: RerunLayer) -> LayerReport {
    guard let rerun = layer.rerun else { return layer.report }
    var report = judged(layer.report, rerun, carried: layer.carried)
    // Behind layers that were not recorded, the fault may be any of theirs.
    if report.verdict.isFailure, report.segment.isEmpty { report.diagnosis = rerun.sentence() }
    return report
  }

  /// The layer's report with its verdict, without a diagnosis.
  func judged(_ layer: LayerReport, _ rerun: Diagnosis, carried: CarriedError?) -> LayerReport {
    var layer = layer
    let (recorded, expected) = (rerun.recorded, rerun.expected)
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
    let operands = rerun.operands
    switch rerun.operation.errorBound(operands) {
    case .unknown(let reason): layer.reason = reason
    case .discrete(let bound):
      let finding = judgeDecisions(
        recorded: rerun.outputs, output: rerun.output, bound: bound, precision: precision,
        tolerance: options.tolerance, on: options.threads)
      finding.report(in: &layer)
    case let bound:
      layer.statistics = judgeElements(
        recorded: recorded, expected: operands.reference, bound: bound,
        otherSides: (rerun.operation as? any Discontinuous)?.otherSides(operands), carried: carried,
        precision: precision, tolerance: options.tolerance, spreads: options.shownLayers > 0,
        on: options.threads)
      layer.verdict = layer.statistics.worstVerdict
    }
    return layer
  }

  func report(_ node: Node, _ output: Int, _ verdict: Verdict, reason: String = "") -> LayerReport {
    let id = node.outputs[output]
    return LayerReport(
      name: name(of: id), operatorName: node.operation.name,
      isDeformable: node.operation.name.hasPrefix("Deformable"), verdict: verdict, reason: reason)
  }
}

/// A recorded value with what it is judged by.
struct RerunLayer {
  var report: LayerReport
  /// Nil where it could not be rerun; the report then says why.
  let rerun: Diagnosis?
  /// What the rerun's inputs are off by; nil where all were recorded.
  var carried: CarriedError?
}

/// Why inputs of these element types cannot be reruns' inputs; nil where they can.
///
/// Most operators compute with floating-point numbers; what a file holds instead must not reach them.
func unsuitable(_ inputs: [Tensor?], for operation: any Operator) -> String? {
  let takesAny = operation is any AnyTypeEvaluated
  for case let input? in inputs
  where takesAny ? input.elementType.isOpaque : !input.elementType.isFloatingPoint {
    return "an input has \(input.elementType.rawValue) elements, only floating-point ones are rerun"
  }
  return nil
}

extension Operator {
  /// What each of so many inputs is to the operator.
  fileprivate func roles(_ count: Int) -> [InputName.Role] {
    let names = inputs
    return (0..<count).map { names.indices.contains($0) ? names[$0].role : .data }
  }
}
