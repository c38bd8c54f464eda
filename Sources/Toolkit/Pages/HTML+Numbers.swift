internal import Bytes

extension HTML {
  /// Thousands apart, by narrow spaces that do not break.
  package static func grouped(_ count: Int) -> String {
    let digits = Array(String(count))
    return digits.enumerated().map { place, digit in
      (place > 0 && (digits.count - place) % 3 == 0 ? "\u{202F}" : "") + String(digit)
    }.joined()
  }

  /// Bytes in the largest binary unit that leaves a whole number.
  package static func byteText(_ bytes: Int) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    let tenths = Int((value * 10).rounded())
    let text = tenths % 10 == 0 || value >= 100 ? "\(Int(value.rounded()))" : "\(tenths / 10).\(tenths % 10)"
    return text + "\u{202F}" + units[unit]
  }

  /// An exponent as it stands behind its base.
  package static func raised(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    return String(String(exponent).map { $0 == "-" ? "⁻" : digits[$0.wholeNumberValue ?? 0] })
  }

  /// A number in at most four digits as a page shows it: with a minus sign, an infinity sign, powers of ten raised.
  package static func number(_ value: Double, digits: Int = 4) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "∞" : "−∞" }
    let parts = value.written(digits: digits).split(separator: "e")
    let mantissa = String(parts[0]).replacing("-", with: "−")
    guard parts.count == 2 else { return mantissa }
    return (mantissa == "1" ? "" : mantissa + "\u{202F}·\u{202F}") + "10" + raised(Int(parts[1]) ?? 0)
  }
}
