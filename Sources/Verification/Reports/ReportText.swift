internal import Bytes

/// Numbers and sentences that every kind of report words alike.
enum ReportText {
  /// Three significant digits: ratios differ in the last places between instruction sets.
  static func ratio(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    return significant(value, 3)
  }

  /// A number in at most this many significant digits, as short as it gets.
  static func significant(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    var scale = 1.0
    for _ in 1..<digits { scale *= 10 }
    var rounded = (mantissa * scale).rounded() / scale
    if rounded >= 10 {
      rounded /= 10
      exponent += 1
    }
    let sign = value < 0 ? "-" : ""
    if (-3...5).contains(exponent) {
      var text = rounded
      for _ in 0..<abs(exponent) { if exponent > 0 { text *= 10 } else { text /= 10 } }
      let shift = max(0, digits - 1 - exponent)
      var unit = 1.0
      for _ in 0..<shift { unit *= 10 }
      let final = (text * unit).rounded() / unit
      return sign + (final == final.rounded() ? String(Int(final)) : String(final))
    }
    let number = rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    return sign + number + "e\(exponent)"
  }

  /// What a layer's numbers say, in one line.
  static func summary(_ layer: LayerReport) -> String {
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
    if let diagnosis = layer.diagnosis { parts.append(diagnosis) }
    return parts.joined(separator: ", ").escapedForDisplay
  }
}
