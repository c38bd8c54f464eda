internal import Toolkit

/// Errors in standard deviations as lengths and as tones: cool up to what rounding explains, warm beyond.
enum ErrorScale {
  /// Where tones change.
  private static let edges: [Double] = [0.5, 1, 2, 4, 6, 20, 100, 10_000]

  /// The tone of an error, 0 to 8; the class `t5` and those above are beyond six standard deviations.
  static func tone(of ratio: Double) -> Int { edges.count { ratio > $0 } }

  /// A length from 0 to 1 on a logarithmic scale between two errors.
  static func height(of ratio: Double, from low: Double, to high: Double) -> Double {
    guard ratio > low else { return 0 }
    guard ratio < high else { return 1 }
    return (logarithm(ratio) - logarithm(low)) / (logarithm(high) - logarithm(low))
  }

  /// Base-10 logarithm, exact enough for a drawing and the same on every machine.
  ///
  /// The exponent, and five terms of 2·artanh((m − 1)/(m + 1)), which is ln m.
  static func logarithm(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value > 0 ? 310 : -310 }
    var (exponent, significand) = (Double(value.exponent), value.significand)
    if significand > 1.414213562373095 { (exponent, significand) = (exponent + 1, significand / 2) }
    let t = (significand - 1) / (significand + 1)
    let s = t * t
    let series = 2 * t * (1 + s * (1 / 3.0 + s * (1 / 5.0 + s * (1 / 7.0 + s / 9))))
    return exponent * 0.30102999566398120 + series * 0.43429448190325182
  }

  /// Ten to a whole power.
  static func power(_ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1.0) { value, _ in exponent < 0 ? value / 10 : value * 10 }
  }

  /// The power of ten as a scale names it.
  static func label(_ exponent: Int) -> String {
    switch exponent {
    case -1: "0.1"
    case 0...3: HTML.number(power(exponent))
    default: "10" + HTML.raised(exponent)
    }
  }

  /// The tones with the errors at which they change.
  static var legend: HTML {
    let names = ["½", "1", "2", "4", "6", "20", "100", "10⁴"]
    let tones = (0...edges.count).map { tone -> HTML in
      let label = tone < names.count ? names[tone] : ""
      return "<span class=\"t\(tone)\"><i>\(label)</i></span>"
    }
    return """
      <p class="legend" role="img" aria-label="Tones of errors in standard deviations: cool up to 6, warm beyond">\
      <b aria-hidden="true">σ</b>\(tones)</p>
      """
  }
}
