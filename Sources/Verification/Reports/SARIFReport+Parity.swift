internal import Bytes

extension SARIFReport {
  /// The layers of these reports that fail or could not be judged, and what else does not hold.
  package init(_ reports: [ModelReport], version: String, root: String) {
    // Between models too the worst comes first, and what a gate says of a whole model before its layers.
    let gates = reports.flatMap(Self.gates)
    let layers = reports.flatMap { report in report.layers.map { (report, $0) } }.enumerated()
      .filter { !Self.rules(of: $0.element.1, in: $0.element.0).isEmpty }
      .sorted { a, b in
        if a.element.1.isWorse(than: b.element.1) { return true }
        return !b.element.1.isWorse(than: a.element.1) && a.offset < b.offset
      }
      .flatMap { Self.findings(of: $0.element.1, in: $0.element.0) }
    self.init(version: version, rules: Self.parityRules, findings: gates + layers, root: root)
  }

  private static func rules(of layer: LayerReport, in report: ModelReport) -> [String] {
    var ids: [String] = []
    switch layer.verdict {
    case .mismatch: ids.append("mismatch")
    case .suspect: ids.append("suspect")
    case .notJudged: ids.append("not-judged")
    case .exact, .rounding, .policy, .illConditioned: break
    }
    if layer.illConditionedShare > report.requirements.maximumIllConditioned {
      ids.append("ill-conditioned")
    }
    return ids
  }

  private static func findings(of layer: LayerReport, in report: ModelReport) -> [Finding] {
    rules(of: layer, in: report).map { id in
      let share = ReportText.significant(layer.illConditionedShare * 100, 3)
      let what =
        id == "ill-conditioned"
        ? "\(share) % of its \(layer.decisions == nil ? "elements" : "decisions") sit on a discontinuity"
        : "\(layer.verdict.rawValue), \(ReportText.summary(layer))"
      var properties: JSONObject = [
        "operator": .text(layer.operatorName.escapedForDisplay), "verdict": .text(layer.verdict.rawValue),
      ]
      if layer.verdict != .notJudged {
        properties["maxErrorToSigma"] = .text(ReportText.ratio(layer.statistics.maximumErrorToSigma))
        properties["outside"] = .integer(layer.statistics.outside)
        properties["elements"] = .integer(layer.statistics.elements)
      }
      return Finding(
        ruleID: id, message: "\(layer.title) (\(layer.operatorName)): \(what)", path: report.modelPath,
        elements: [layer.name], relatedPaths: report.tracePath.map { [$0] } ?? [], properties: properties)
    }
  }

  /// What no single layer stands for: coverage, digests, files that cannot be read.
  private static func gates(_ report: ModelReport) -> [Finding] {
    report.gateFailures.map { sentence in
      Finding(
        ruleID: "requirement", message: sentence, path: report.modelPath,
        relatedPaths: report.tracePath.map { [$0] } ?? [])
    }
  }

  private static let parityRules = [
    Rule(
      id: "mismatch", level: .error, title: "The layer is not this computation",
      explanation: "An element lies beyond what rounding can do in the declared precision: proof that the "
        + "recorded numbers are those of another computation, or of other weights.",
      help: "Where the message names a cause, change what it says. Else run dcnconv verify with --html and "
        + "see where in the map and in which channels the error is."),
    Rule(
      id: "suspect", level: .error, title: "The layer's error is not to be expected of this computation",
      explanation:
        "An element is off by more than six standard deviations of the rounding error to expect of "
        + "it, though rounding is not excluded.",
      help: "See whether the trace was recorded in a lower precision than it says (--producer-precision), or "
        + "with fast algorithms; a tolerance that is wanted is named by --rtol and --atol."),
    Rule(
      id: "ill-conditioned", level: .error, title: "Too many elements sit on a discontinuity",
      explanation: "More elements than allowed differ only because a decision (a border, a rounding, a tie) "
        + "fell the other way.",
      help: "Record another input, or allow a larger share with --max-ill-conditioned."),
    Rule(
      id: "requirement", level: .error, title: "What was asked for does not hold",
      explanation:
        "The model as a whole lacks what its policy asks for: coverage, a SHA-256, a readable file.",
      help: "The message says what was found and what was expected."),
    Rule(
      id: "not-judged", level: .note, title: "The layer could not be judged",
      explanation: "It was not recorded, its inputs were not, or no bound of its error is known.",
      help: "Record the values that the message names; --require-coverage makes this a failure."),
  ]
}
