/// What was found of a whole model against a trace.
package struct ModelReport: Sendable {
  /// The model's path as it was given, and the SHA-256 of its file.
  package let modelPath: String
  package let modelDigest: String
  /// The instruction set that the rerun used: last digits differ between sets.
  package let instructionSet: String
  /// In the graph's order.
  package let layers: [LayerReport]
  package let requirements: Requirements
  /// The trace's path; nil where none was judged.
  package let tracePath: String?
  /// What the trace says of its producer: framework, version, device, precision (Schemas/trace.md).
  package var traceMetadata: [String: String] = [:]
  /// What else does not hold, in sentences: another SHA-256 than expected, a file that cannot be read.
  package var problems: [String] = []

  package init(
    modelPath: String, tracePath: String? = nil, modelDigest: String, instructionSet: String,
    layers: [LayerReport], requirements: Requirements
  ) {
    self.modelPath = modelPath
    self.tracePath = tracePath
    self.modelDigest = modelDigest
    self.instructionSet = instructionSet
    self.layers = layers
    self.requirements = requirements
  }

  package var coverage: Coverage { Coverage(layers) }

  /// The worst of the judged layers; *not judged* where nothing could be.
  package var verdict: Verdict {
    layers.map(\.verdict).filter { $0 != .notJudged }.max() ?? .notJudged
  }

  /// Why the gate stops; empty where everything that was asked for holds.
  package var failures: [String] {
    var failures = problems
    let bad = layers.filter { $0.verdict.isFailure }
    if let first = bad.first {
      failures.append(
        "\(bad.count) of \(layers.count { $0.verdict != .notJudged }) judged layers fail, the first is \(first.title)"
      )
    }
    for layer in layers where layer.illConditionedShare > requirements.maximumIllConditioned {
      let share = ReportText.significant(layer.illConditionedShare * 100, 3)
      let what = layer.decisions == nil ? "elements" : "decisions"
      failures.append("\(layer.name): \(share) % of its \(what) are ill-conditioned")
    }
    return failures + lacks
  }

  /// Why the gate stops, as far as no single layer stands for it.
  package var gateFailures: [String] { problems + lacks }

  private var lacksGradients: Bool {
    requirements.gradients && !layers.contains { $0.gradient != nil && $0.verdict != .notJudged }
  }

  /// What is missing of the coverage that was asked for.
  private var lacks: [String] {
    (tracePath != nil && layers.allSatisfy { $0.verdict == .notJudged } ? ["no layer could be judged"] : [])
      + (lacksGradients
        ? ["no gradient could be judged: record gradients/<output value> and those of its inputs"] : [])
      + (requirements.coverage.lack(in: coverage).map { [$0] } ?? [])
  }

  package var passes: Bool { failures.isEmpty }
}

/// How much of a model could be judged.
package struct Coverage: Sendable, Hashable {
  package let layers: Int
  package let judged: Int
  package let deformable: Int
  package let deformableJudged: Int

  package init(_ reports: [LayerReport]) {
    let values = reports.filter { $0.gradient == nil }
    let deformable = values.filter(\.isDeformable)
    layers = values.count
    judged = values.count { $0.verdict != .notJudged }
    self.deformable = deformable.count
    deformableJudged = deformable.count { $0.verdict != .notJudged }
  }
}

/// What a user asks of a report before it passes.
package struct Requirements: Sendable, Hashable {
  package enum CoverageRule: Sendable, Hashable {
    case any
    case all
    case deformable
    case percent(Double)

    /// What is missing, in words; nil where the rule holds.
    func lack(in coverage: Coverage) -> String? {
      switch self {
      case .any: nil
      case .all where coverage.judged < coverage.layers:
        "\(coverage.judged) of \(coverage.layers) layers judged, all are required"
      case .deformable where coverage.deformableJudged < coverage.deformable:
        "\(coverage.deformableJudged) of \(coverage.deformable) deformable layers judged, all are required"
      case .percent(let least) where Double(coverage.judged) * 100 < least * Double(coverage.layers):
        "\(coverage.judged) of \(coverage.layers) layers judged, \(least) % are required"
      case .all, .deformable, .percent: nil
      }
    }
  }

  package var coverage: CoverageRule
  /// The share of a layer's elements that may sit on a discontinuity.
  package var maximumIllConditioned: Double
  /// Whether a gradient must be among what was judged.
  package var gradients = false

  package init(coverage: CoverageRule = .any, maximumIllConditioned: Double = 0.001) {
    self.coverage = coverage
    self.maximumIllConditioned = maximumIllConditioned
  }
}
