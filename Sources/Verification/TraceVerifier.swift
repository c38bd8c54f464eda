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

  private(set) var model: Model
  private let trace: Trace
  let options: Options
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
    let order = model.graph.nodeOrder
    var reports: [LayerReport] = []
    var shown: [Int] = []
    for run in trace.runs {
      let verifier = try resolved(for: run)
      var values = RunValues(
        model: verifier.model, run: run, names: names, order: order, precision: precision,
        threads: options.threads, wanted: isWanted)
      for (done, node) in order.enumerated() {
        for report in try verifier.judge(node, of: values) {
          reports.append(report)
          dropPlaces(of: &reports, shown: &shown)
        }
        if options.gradients { reports += try verifier.judgeGradients(node, of: values) }
        try values.pass(node)
        progress(done + 1, order.count)
      }
    }
    return reports
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
      if let tensor = try run.input(names[id] ?? model.graph[id].name) { given[id] = ValueType(tensor) }
    }
    // What does not fit is told layer by layer.
    guard let inference = try? GraphInference(model, given: given) else { return self }
    var copy = self
    copy.model.graph = inference.graph
    return copy
  }

  func isWanted(_ id: Graph.ValueID) -> Bool { options.selects?(name(of: id)) ?? true }

  /// What the trace calls a value.
  func name(of id: Graph.ValueID) -> String { names[id] ?? model.graph[id].name }

  private func judge(_ index: Int, of values: RunValues) throws -> [LayerReport] {
    let node = model.graph.nodes[index]
    let wanted = node.outputs.enumerated().filter { isWanted($0.element) }
    guard !wanted.isEmpty else { return [] }
    var recorded: [(place: Int, tensor: Tensor)] = []
    for (place, id) in wanted {
      if let tensor = try values.run.activation(names[id] ?? model.graph[id].name) {
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
    let inputs: [LayerInput?]
    do {
      inputs = try zip(node.inputs, operation.roles(node.inputs.count)).map { id, role in
        try role == .label ? nil : id.map { try values.input($0) }
      }
    } catch let gap as Gap {
      return wanted.map { report(node, $0.offset, .notJudged, reason: gap.reason) }
    }
    if let reason = unsuitable(inputs.map { $0?.tensor }, for: operation) {
      return wanted.map { report(node, $0.offset, .notJudged, reason: reason) }
    }
    let context = EvaluationContext(threads: options.threads)
    let outputs: [Tensor]
    do { outputs = try operation.evaluate(inputs.map { $0?.tensor }, as: Double.self, in: context) } catch {
      return recorded.map { report(node, $0.place, .notJudged, reason: "it cannot be rerun: \(error)") }
    }
    return try recorded.map { place, tensor in
      var layer = report(node, place, .notJudged)
      guard place < outputs.count else { return layer }
      layer.segment = RunValues.stretch(inputs)
      let carried: CarriedError?
      do { carried = try values.carriedError(operation, inputs, output: place) } catch let gap as Gap {
        layer.reason = gap.reason
        return layer
      }
      return try judge(
        layer,
        JudgedValue(
          operation: operation, inputs: inputs.map { $0?.tensor }, carried: carried, output: place,
          expected: outputs[place], recorded: tensor
        ) {
          try node.outputs.enumerated().map { other, id in
            if other == place { return tensor }
            let sibling = try values.run.activation(names[id] ?? model.graph[id].name)
            return other < outputs.count && sibling?.shape == outputs[other].shape ? sibling : nil
          }
        })
    }
  }

  func judge(_ layer: LayerReport, _ value: JudgedValue) throws -> LayerReport {
    var layer = try judged(layer, value)
    // Behind layers that were not recorded, the fault may be any of theirs.
    if layer.verdict.isFailure, layer.segment.isEmpty {
      layer.diagnosis =
        Diagnosis(
          operation: value.operation, inputs: value.inputs, output: value.output, recorded: value.recorded,
          outputs: try value.outputs(), expected: value.expected, precision: precision,
          threads: options.threads
        ).sentence()
    }
    return layer
  }

  private func judged(_ layer: LayerReport, _ value: JudgedValue) throws -> LayerReport {
    var layer = layer
    let (recorded, expected) = (value.recorded, value.expected)
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
      inputs: value.inputs, outputShape: expected.shape, reference: reference,
      roundsPositions: trace.metadata["coordinates"] == "normalized")
    switch value.operation.errorBound(operands) {
    case .unknown(let reason): layer.reason = reason
    case .discrete(let bound):
      let finding = judgeDecisions(
        recorded: try value.outputs(), output: value.output, bound: bound, precision: precision,
        tolerance: options.tolerance, on: options.threads)
      finding.report(in: &layer)
    case let bound:
      layer.statistics = judgeElements(
        recorded: recorded, expected: reference, bound: bound,
        otherSides: (value.operation as? any Discontinuous)?.otherSides(operands), carried: value.carried,
        precision: precision, tolerance: options.tolerance, spreads: options.shownLayers > 0,
        on: options.threads)
      layer.verdict = layer.statistics.worstVerdict
    }
    return layer
  }

  func report(_ node: Node, _ output: Int, _ verdict: Verdict, reason: String = "") -> LayerReport {
    let id = node.outputs[output]
    return LayerReport(
      name: names[id] ?? model.graph[id].name, operatorName: node.operation.name,
      isDeformable: node.operation.name.hasPrefix("Deformable"), verdict: verdict, reason: reason)
  }
}

/// A recorded value beside its rerun.
struct JudgedValue {
  let operation: any Operator
  let inputs: [Tensor?]
  let carried: CarriedError?
  let output: Int
  let expected: Tensor
  let recorded: Tensor
  /// All outputs of the node as they were recorded; nil for one that was not.
  let outputs: () throws -> [Tensor?]
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
