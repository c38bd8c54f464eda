extension Double {
  /// A number in at most this many significant digits, as short as it gets.
  package func written(digits: Int) -> String {
    guard isFinite, self != 0 else { return self == 0 ? "0" : "\(self)" }
    // Rounded on the decimal digits of the shortest text, so that no power of ten adds errors of its own.
    let sign = self < 0 ? "-" : ""
    let decimal = Self.decimalDigits(magnitude)
    let text = decimal.digits
    var exponent = decimal.exponent
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
    return sign + Self.written(kept, exponent: exponent)
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
}
