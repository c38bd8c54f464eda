/// What was found of one recorded value, or of one recorded gradient.
package struct LayerReport: Sendable {
  /// The name under which the trace holds the value.
  package let name: String
  /// The IR's name of the operator that computes it.
  package let operatorName: String
  package let isDeformable: Bool
  package var verdict: Verdict
  /// Why it could not be judged, or what else a reader must know; empty where the numbers say all.
  package var reason: String
  package var statistics: ErrorStatistics
  /// The one sentence that names a cause; nil where none was looked for or found.
  package var diagnosis: String?
  /// What the layer decided, for one that decides.
  package var decisions: DecisionSummary?
  /// The values before it that were not recorded and were rerun with it, in the graph's order; the layer is then
  /// judged by what all of them may round.
  package var segment: [String] = []
  /// The input whose gradient was judged; nil for a value.
  package var gradient: String?

  package init(
    name: String, operatorName: String, isDeformable: Bool, verdict: Verdict, reason: String = "",
    statistics: ErrorStatistics = ErrorStatistics(), diagnosis: String? = nil, gradient: String? = nil
  ) {
    self.name = name
    self.operatorName = operatorName
    self.isDeformable = isDeformable
    self.verdict = verdict
    self.reason = reason
    self.statistics = statistics
    self.diagnosis = diagnosis
    self.gradient = gradient
  }
}

/// What was found of a layer's decisions.
package struct DecisionSummary: Sendable, Hashable {
  /// Decisions that were looked at, and those that fell otherwise than in exact arithmetic.
  package let count: Int
  package let differing: Int
  /// Rows that hold something else than the rerun's.
  package let differingRows: Int
  /// The decision closest to its other side, or the one that cannot be, in words.
  package let closest: String
  /// Its distance in standard deviations, negative where it fell to the other side; nil where nothing rounds.
  package let margin: Double?
}

extension LayerReport {
  /// Share of elements, or of decisions, that sit on a discontinuity.
  package var illConditionedShare: Double {
    let decided = decisions.map { Double($0.differing) / Double(max(1, $0.count)) } ?? 0
    return max(statistics.illConditionedShare, verdict.isFailure ? 0 : decided)
  }

  /// The layer as people read it.
  package var title: String {
    name + (gradient.map { " (gradient of \($0))" } ?? "")
      + (segment.isEmpty ? "" : " (behind \(segment.count) not recorded)")
  }
}

extension LayerReport {
  /// Whether it stands before the other where the worst comes first; layers that are not judged come last.
  package func isWorse(than other: LayerReport) -> Bool {
    let (a, b) = (rank, other.rank)
    return a == b ? statistics.maximumErrorToSigma > other.statistics.maximumErrorToSigma : a > b
  }

  private var rank: Int {
    verdict == .notJudged ? -1 : Verdict.allCases.firstIndex(of: verdict) ?? 0
  }
}

extension Sequence<LayerReport> {
  /// The worst first; of equals the one that comes first in the graph.
  package var worstFirst: [LayerReport] {
    enumerated().sorted { a, b in
      if a.element.isWorse(than: b.element) { return true }
      return !b.element.isWorse(than: a.element) && a.offset < b.offset
    }.map(\.element)
  }
}

/// The errors of a value's elements, gathered.
package struct ErrorStatistics: Sendable, Hashable {
  package var elements = 0
  /// Elements by verdict.
  package var counts: [Verdict: Int] = [:]
  /// Elements beyond six standard deviations.
  package var outside = 0
  /// Largest |recorded − rerun|; infinite where one side is not finite and the other differs.
  package var maximumError = 0.0
  /// Largest error in standard deviations.
  package var maximumErrorToSigma = 0.0
  /// Largest error in standard deviations of the elements that no discontinuity excuses.
  package var conditionedErrorToSigma = 0.0
  /// Whether that ratio is an upper estimate: the deviation was bounded from below instead of computed.
  package var isUpperEstimate = false
  /// Largest error in hard bounds.
  package var maximumErrorToBound = 0.0
  /// Largest distance in units of the last place of the recorded type.
  package var maximumUlp = 0.0
  /// The element that is worst by verdict, then by its ratio: where it is and what was found.
  package var worst: Outlier?
  /// How the errors spread; nil where no report shows it.
  package var distribution: ErrorDistribution?

  package init() {}

  /// Whether a gate with the usual share of ill-conditioned elements lets it pass with no tolerance asked for.
  var isWithinRounding: Bool {
    let worst = worstVerdict
    return worst <= .rounding || (worst == .illConditioned && illConditionedShare <= 0.001)
  }

  package var worstVerdict: Verdict { counts.filter { $0.value > 0 }.keys.max() ?? .notJudged }

  /// Share of elements that sit on a discontinuity.
  package var illConditionedShare: Double {
    elements == 0 ? 0 : Double(counts[.illConditioned, default: 0]) / Double(elements)
  }
}

/// One element that stands out.
package struct Outlier: Sendable, Hashable {
  /// Its place along each axis.
  package let position: [Int]
  package let recorded: Double
  package let expected: Double
  /// The standard deviation of the rounding error to expect there.
  package let sigma: Double
  package let verdict: Verdict

  package init(position: [Int], recorded: Double, expected: Double, sigma: Double, verdict: Verdict) {
    self.position = position
    self.recorded = recorded
    self.expected = expected
    self.sigma = sigma
    self.verdict = verdict
  }
}
