internal import Bytes

/// Markup of a page: what stands in a literal is markup, what is put into it is text.
///
/// Names come from files, so nothing but a literal of ours, or other markup, gets into a page unescaped:
/// `"<td>\(name)</td>"` holds the name as text whatever it is.
package struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
  package private(set) var text: String

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ text: String) { self.text += HTML.escaped(text) }
    package mutating func appendInterpolation(_ number: Int) { text += String(number) }
    package mutating func appendInterpolation(_ html: HTML) { text += html.text }
    package mutating func appendInterpolation(_ list: [HTML]) { for html in list { text += html.text } }

    /// A coordinate or a length of a drawing, to a hundredth of its unit.
    package mutating func appendInterpolation(_ coordinate: Double) {
      text += HTML.written(coordinate: coordinate)
    }
  }

  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  package static func joined(_ parts: some Sequence<HTML>, separator: HTML = "") -> HTML {
    var result: HTML = ""
    result.text = parts.map(\.text).joined(separator: separator.text)
    return result
  }

  package static func += (a: inout HTML, b: HTML) { a.text += b.text }

  /// Text in which nothing is markup, neither between tags nor in an attribute in double quotes.
  package static func escaped(_ text: String) -> String {
    let text = text.escapedForDisplay
    guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// Two decimals at most, no trailing zeros; 0 for what no drawing can show.
  private static func written(coordinate: Double) -> String {
    guard coordinate.isFinite, abs(coordinate) < 1e9 else { return "0" }
    let hundredths = Int((coordinate * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return sign + String(whole) }
    return sign + String(whole) + (rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)")
  }
}
