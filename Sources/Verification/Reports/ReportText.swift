internal import Bytes

/// Numbers and sentences that every kind of report words alike.
package enum ReportText {
  /// Three significant digits: ratios differ in the last places between instruction sets.
  package static func ratio(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    return significant(value, 3)
  }

  /// A number in at most this many significant digits, as short as it gets.
  package static func significant(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    // Rounded on the decimal digits of the shortest text, so that no power of ten adds errors of its own.
    let (sign, text) = (value < 0 ? "-" : "", Array(decimalDigits(abs(value)).digits))
    var exponent = decimalDigits(abs(value)).exponent
    var kept = Array(text.prefix(digits))
    if text.count > digits, text[digits] >= 5 {
      var place = digits - 1
      kept[place] += 1
      while place > 0, kept[place] == 10 {
        kept[place] = 0
        place -= 1
        kept[place] += 1
      }
      if kept[0] == 10 {
        kept[0] = 1
        exponent += 1
      }
    }
    while kept.count > 1, kept.last == 0 { kept.removeLast() }
    return sign + written(kept, exponent: exponent)
  }

  /// The digits of the shortest text of a number, the first not 0, and the power of ten of the first.
  private static func decimalDigits(_ value: Double) -> (digits: [Int], exponent: Int) {
    let parts = "\(value)".split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = mantissa.joined().compactMap(\.wholeNumberValue)
    exponent += mantissa[0].count - 1
    while digits.count > 1, digits.first == 0 {
      digits.removeFirst()
      exponent -= 1
    }
    return (digits, exponent)
  }

  private static func written(_ digits: [Int], exponent: Int) -> String {
    let text = digits.map(String.init)
    switch exponent {
    case 0..<6:
      let padded = text + Array(repeating: "0", count: max(0, exponent + 1 - text.count))
      let fraction = padded[(exponent + 1)...].joined()
      return padded[...exponent].joined() + (fraction.isEmpty ? "" : "." + fraction)
    case -3..<0: return "0." + String(repeating: "0", count: -exponent - 1) + text.joined()
    default:
      let fraction = text.dropFirst().joined()
      return text[0] + (fraction.isEmpty ? "" : "." + fraction) + "e\(exponent)"
    }
  }

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
