internal import Bytes

/// A report as JUnit XML, in which every layer is a test case.
package enum JUnitReport {
  /// One suite for each report.
  package static func text(_ reports: [ModelReport]) -> String {
    let suites = reports.map(Suite.init)
    let lines =
      [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<testsuites name=\"dcnconv verify\" \(suites.reduce(Counts()) { $0 + $1.counts }.attributes)>",
      ] + suites.flatMap(\.lines) + ["</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Counts {
    var tests = 0
    var failures = 0
    var skipped = 0

    var attributes: String { "tests=\"\(tests)\" failures=\"\(failures)\" skipped=\"\(skipped)\"" }

    static func + (a: Counts, b: Counts) -> Counts {
      Counts(tests: a.tests + b.tests, failures: a.failures + b.failures, skipped: a.skipped + b.skipped)
    }
  }

  /// One model against one trace.
  private struct Suite {
    let counts: Counts
    let lines: [String]

    init(_ report: ModelReport) {
      let failed = report.layers.count { $0.verdict.isFailure }
      // What no single layer stands for (coverage, the ill-conditioned share) is a case of its own.
      let gates = failed > 0 ? report.problems : report.failures
      counts = Counts(
        tests: report.layers.count + gates.count, failures: failed + gates.count,
        skipped: report.layers.count { $0.verdict == .notJudged })
      let name = ([report.modelPath] + (report.tracePath.map { [$0] } ?? [])).joined(separator: ", ")
      var lines = ["  <testsuite name=\"\(escaped(name))\" \(counts.attributes)>"]
      for layer in report.layers { lines += testCase(layer) }
      for gate in gates {
        lines.append("    <testcase classname=\"gate\" name=\"\(escaped(gate))\">")
        lines.append("      <failure message=\"\(escaped(gate))\"/>")
        lines.append("    </testcase>")
      }
      self.lines = lines + ["  </testsuite>"]
    }
  }

  private static func testCase(_ layer: LayerReport) -> [String] {
    let name = layer.title
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
