internal import Bytes

/// A report as GitHub's workflow commands and step summary.
package enum GitHubReport {
  /// GitHub shows ten annotations of a step; the tenth says how many more there are.
  private static let maximumAnnotations = 10

  /// `::error` lines for the workflow's log.
  package static func annotations(_ reports: [ModelReport]) -> String {
    var messages = reports.flatMap(messages)
    if messages.count > maximumAnnotations {
      let rest = messages.count - (maximumAnnotations - 1)
      messages = Array(messages.prefix(maximumAnnotations - 1))
      messages.append((title: "dcnconv verify", message: "\(rest) more layers fail"))
    }
    return messages.map { "::error title=\(property($0.title))::\(data($0.message))\n" }.joined()
  }

  private static func messages(_ report: ModelReport) -> [(title: String, message: String)] {
    let bad = report.layers.filter { $0.verdict.isFailure }
    let whole = bad.isEmpty ? report.failures : report.problems
    return whole.map { (title: "dcnconv verify", message: $0) }
      + bad.map { (title: $0.name, message: "\($0.verdict.rawValue): \(ReportText.summary($0))") }
  }

  /// Markdown for `GITHUB_STEP_SUMMARY`.
  package static func summary(_ report: ModelReport) -> String {
    let coverage = report.coverage
    var lines = [
      "### dcnconv verify: \(report.passes ? "passes" : "fails") (\(report.verdict.rawValue))", "",
      "\(cell(report.modelPath)): \(coverage.judged) of \(coverage.layers) layers judged, "
        + "\(coverage.deformableJudged) of \(coverage.deformable) deformable ones.", "",
    ]
    lines += report.failures.map { "- " + cell($0) }
    let worst = report.layers.filter { $0.verdict > .rounding && $0.verdict != .notJudged }
      .sorted { $0.verdict > $1.verdict }.prefix(50)
    if !worst.isEmpty {
      lines += ["", "| layer | operator | verdict | what was found |", "|---|---|---|---|"]
      lines += worst.map {
        "| \(cell($0.name)) | \(cell($0.operatorName)) | \($0.verdict.rawValue) | \(cell(ReportText.summary($0))) |"
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A workflow command's message: a name in it must not end the line or begin another command.
  static func data(_ text: String) -> String {
    text.escapedForDisplay.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing(
      "\n", with: "%0A")
  }

  /// A workflow command's property.
  static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }

  /// A cell of a Markdown table, in which nothing of a name is markup.
  static func cell(_ text: String) -> String {
    var result = ""
    for character in text.escapedForDisplay {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "|", "`", "*", "_", "[", "]", "\\", "#", "!", "~", "@":
        result += "&#" + character.unicodeScalars.map { String($0.value) }.joined() + ";"
      default: result.append(character)
      }
    }
    return result
  }
}
