internal import Bytes

/// Numbers and sentences that every kind of report words alike.
package enum ReportText {
  /// Three significant digits: ratios differ in the last places between instruction sets.
  package static func ratio(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    return significant(value, 3)
  }

  /// A number in at most this many significant digits, as short as it gets.
  package static func significant(_ value: Double, _ digits: Int) -> String { value.written(digits: digits) }

  /// What a layer decided, and how close that was.
  package static func summary(_ decisions: DecisionSummary) -> String {
    let counts =
      "\(decisions.count) decisions, \(decisions.differing) of them otherwise than exact arithmetic"
    guard !decisions.closest.isEmpty else { return counts }
    let margin = decisions.margin.map { " (\(ratio($0)) σ)" } ?? ""
    return "\(counts); the closest: \(decisions.closest)\(margin)"
  }

  /// What a layer's numbers say, in one line.
  package static func summary(_ layer: LayerReport) -> String {
    if layer.verdict == .notJudged { return layer.reason }
    let statistics = layer.statistics
    var parts = [
      "largest error \(significant(statistics.maximumError, 3))",
      "\(statistics.isUpperEstimate ? "≤ " : "")\(ratio(statistics.maximumErrorToSigma)) σ",
    ]
    if statistics.outside > 0 {
      parts.append("\(statistics.outside) of \(statistics.elements) elements beyond 6 σ")
    }
    if let worst = statistics.worst, layer.verdict.isFailure {
      parts.append(
        "at \(worst.position) recorded \(worst.recorded), expected \(worst.expected) (σ \(significant(worst.sigma, 3)))"
      )
    }
    if !layer.reason.isEmpty { parts.append(layer.reason) }
    if let decisions = layer.decisions, layer.reason != decisions.closest { parts.append(summary(decisions)) }
    if let diagnosis = layer.diagnosis { parts.append(diagnosis) }
    return parts.joined(separator: ", ").escapedForDisplay
  }
}
