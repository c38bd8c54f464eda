internal import Bytes
internal import Verification

/// Answers to a probe as people read them.
struct ProbeText {
  private let findings: [ProbeFinding]
  private let framework: String
  private let printer: Printer

  init(_ findings: [ProbeFinding], framework: String, printer: Printer) {
    self.findings = findings
    self.framework = framework
    self.printer = printer
  }

  func print() {
    let failing = findings.count(where: \.isFailure)
    let same = findings.count { $0.outcome == .same }
    printer.print(
      (framework.isEmpty ? "the answers" : framework).escapedForDisplay
        + ": \(same) of \(findings.count) answers have the expected bits, \(failing) have others")
    var table = TextTable([("case", .left), ("operator", .left), ("answer", .left)])
    for finding in findings { table.add([finding.name, finding.operatorName, answer(finding)]) }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
    for finding in findings {
      guard case .named(let causes) = finding.outcome, let first = causes.first else { continue }
      printer.print(
        "  " + printer.styled(finding.name.escapedForDisplay, .bold) + ": " + first.remedy.escapedForDisplay)
    }
  }

  private func answer(_ finding: ProbeFinding) -> String {
    switch finding.outcome {
    case .same: "the expected bits"
    case .named(let causes): "the bits of " + causes.map(\.cause).joined(separator: ", or of ")
    case .unnamed(let differing, let count, let first):
      "other bits in \(differing) of \(count) elements, \(first)"
    case .told(let text): "told only: " + text
    case .refused(let reason): "refused: " + reason
    }
  }
}
