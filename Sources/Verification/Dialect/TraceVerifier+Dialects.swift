internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension TraceVerifier {
  /// Tests, for every recorded layer whose operator has dialects or known bugs, which of them its numbers are.
  ///
  /// - Parameter progress: told after each layer how many of how many are done.
  /// - Throws: the trace's format's error where it cannot be read.
  package func dialects(
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [LayerDialect] {
    var dialects: [LayerDialect] = []
    try eachNode(progress: progress) { verifier, node, _, values in
      dialects += try verifier.reruns(of: node, values).compactMap(verifier.dialect)
    }
    return dialects
  }

  private func dialect(of layer: RerunLayer) -> LayerDialect? {
    guard let rerun = layer.rerun else {
      guard layer.isOfSeveralComputations else { return nil }
      return LayerDialect(layer.report, [:], .notJudged, layer.report.reason)
    }
    guard rerun.operation is any DeclaresAlternatives else { return nil }
    let attributes = rerun.operation.attributes
    func unjudged(_ reason: String) -> LayerDialect {
      LayerDialect(layer.report, attributes, .notJudged, reason)
    }
    if let first = layer.report.segment.first {
      return unjudged("its input follows from '\(first)', which was not recorded")
    }
    guard rerun.isApplicable else { return unjudged("its inputs are whole numbers") }
    let report = judged(layer.report, rerun, carried: nil)
    if report.verdict == .notJudged { return unjudged(report.reason) }
    return DialectTest(rerun, report).result(LayerDialect(layer.report, attributes, .unexplained, ""))
  }
}

extension RerunLayer {
  /// Whether the operator has dialects; by name, for it may have no rerun.
  fileprivate var isOfSeveralComputations: Bool {
    OperatorTable.all.contains { $0.name == report.operatorName && $0 is any DeclaresAlternatives.Type }
  }
}

extension LayerDialect {
  fileprivate init(
    _ layer: LayerReport, _ attributes: Attributes, _ decision: Decision, _ reason: String
  ) {
    self.init(
      name: layer.name, operatorName: layer.operatorName, isDeformable: layer.isDeformable,
      attributes: attributes, decision: decision, reason: reason)
  }
}

/// One layer's numbers against every computation that is known.
private struct DialectTest {
  private let layer: Diagnosis
  private let declared: LayerDialect.Candidate
  private let probe: LayerProbe

  init(_ layer: Diagnosis, _ report: LayerReport) {
    self.layer = layer
    let isSame = report.verdict != .mismatch || layer.recorded.shape == layer.expected.shape
    declared = LayerDialect.Candidate(
      cause: nil, remedy: nil, ratio: isSame ? report.statistics.conditionedErrorToSigma : .infinity,
      isRefuted: !report.statistics.isWithinRounding)
    probe = LayerProbe(layer)
  }

  func result(_ empty: LayerDialect) -> LayerDialect {
    var result = empty
    var hypotheses: [Hypothesis] = layer.alternatives.compactMap { alternative in
      probe.trial(of: alternative, measures: true).map {
        Hypothesis(alternative, ratio: $0.ratio, explains: $0.explains)
      }
    }
    result.tried = hypotheses.count + 1
    // What one fault explains needs no two.
    if declared.isRefuted, !hypotheses.contains(where: \.explains) {
      let pairs = layer.pairs(probe)
      if pairs.isEmpty { result.diagnosis = layer.sentence() }
      hypotheses += pairs
    }
    decide(&result, hypotheses)
    return result
  }

  private func decide(_ result: inout LayerDialect, _ hypotheses: [Hypothesis]) {
    let explaining = hypotheses.filter(\.explains)
    let least = explaining.map(\.comparedRatio).min() ?? .infinity
    let isBest = !declared.isRefuted && max(Hypothesis.indistinct, declared.ratio) <= 2 * least
    var equals = isBest ? [declared] : []
    let own = Dictionary(
      layer.declaredAlternatives.map { ($0.cause, $0) }, uniquingKeysWith: { first, _ in first })
    var others: [LayerDialect.Candidate] = isBest ? [] : [declared]
    for hypothesis in hypotheses {
      let candidate = LayerDialect.Candidate(hypothesis)
      let limit = isBest ? min(least, max(Hypothesis.indistinct, declared.ratio)) : least
      guard hypothesis.explains, hypothesis.comparedRatio <= 2 * limit else {
        others.append(candidate)
        continue
      }
      // Beside the declared computation only other ones of the operator that some inputs would tell from it.
      let isRival = own[hypothesis.cause].map(layer.isDistinguishable) ?? false
      if !isBest || isRival { equals.append(candidate) }
    }
    result.best = equals
    result.next = others.min { ($0.isRefuted ? 1 : 0, $0.ratio) < ($1.isRefuted ? 1 : 0, $1.ratio) }
    result.decision =
      switch equals.count {
      case 0: .unexplained
      case 1: isBest ? .declared : .other
      default: .undecided
      }
  }
}

extension LayerDialect.Candidate {
  fileprivate init(_ hypothesis: Hypothesis) {
    self.init(
      cause: hypothesis.cause, remedy: hypothesis.remedy, ratio: hypothesis.ratio,
      isRefuted: !hypothesis.explains)
  }
}
