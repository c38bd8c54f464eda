internal import Bytes

/// A report as JUnit XML, in which every layer is a test case.
package enum JUnitReport {
  package static func text(_ report: ModelReport) -> String {
    let failed = report.layers.count { $0.verdict.isFailure }
    let skipped = report.layers.count { $0.verdict == .notJudged }
    // What no single layer stands for (coverage, the ill-conditioned share) is a case of its own.
    let gates = report.passes || failed > 0 ? [] : report.failures
    let counts =
      "tests=\"\(report.layers.count + gates.count)\" failures=\"\(failed + gates.count)\" skipped=\"\(skipped)\""
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites name=\"dcnconv verify\" \(counts)>",
      "  <testsuite name=\"\(escaped(report.modelPath))\" \(counts)>",
    ]
    for layer in report.layers { lines += testCase(layer) }
    for gate in gates {
      lines.append("    <testcase classname=\"gate\" name=\"\(escaped(gate))\">")
      lines.append("      <failure message=\"\(escaped(gate))\"/>")
      lines.append("    </testcase>")
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func testCase(_ layer: LayerReport) -> [String] {
    let name = layer.name + (layer.gradient.map { " (gradient of \($0))" } ?? "")
    let start = "    <testcase classname=\"\(escaped(layer.operatorName))\" name=\"\(escaped(name))\""
    let summary = escaped(ReportText.summary(layer))
    switch layer.verdict {
    case .notJudged: return [start + ">", "      <skipped message=\"\(summary)\"/>", "    </testcase>"]
    case .suspect, .mismatch:
      return [
        start + ">", "      <failure type=\"\(layer.verdict.rawValue)\" message=\"\(summary)\"/>",
        "    </testcase>",
      ]
    case .exact, .rounding, .policy, .illConditioned: return [start + "/>"]
    }
  }

  /// Text inside an attribute; characters that XML 1.0 cannot hold are written as `\u{…}`.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.escapedForDisplay {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&apos;"
      default: result.append(character)
      }
    }
    // U+FFFE and U+FFFF are no XML characters, and no control characters either.
    return result.replacing("\u{FFFE}", with: "\\u{fffe}").replacing("\u{FFFF}", with: "\\u{ffff}")
  }
}
