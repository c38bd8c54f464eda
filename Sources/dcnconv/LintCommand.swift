internal import ArgumentParser
internal import Bytes
internal import Toolkit
internal import Verification

struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Says what another program would refuse or misread in a model.",
    discussion: """
      Consumers are \(LintTarget.consumers.map { $0.name }.joined(separator: ", ")), with a version where that matters: \
      ort@1.24. Each rule names where it was read or the version that it was tried with. The exit status is 1 where \
      an error is found.
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "The program that the model is meant for; several by commas, or repeated.", valueName: "consumer"))
  var consumers: [String]

  @OptionGroup var source: ModelOptions

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp(
      "The shape of an input, such as data=1,3,600,1000: some rules look at shapes. May be repeated.",
      valueName: "name=dims"))
  var shapes: [InputShape] = []

  @Option(help: ArgumentHelp("Write the findings as SARIF 2.1.0, for code scanning.", valueName: "file"))
  var sarif: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let targets = try consumers.flatMap { $0.split(separator: ",") }.map { try LintTarget(String($0)) }
    let opened = try source.open(model)
    let inferred = try opened.inferred(shapes: shapes.map { ($0.name, $0.shape) })
    let subject = LintSubject(inferred.model, types: inferred.types)
    let reports = targets.map { LintReport(subject, path: model, for: $0) }
    if let sarif {
      let report = SARIFReport(reports, version: DCNConv.version, root: workingFolder)
      try writeText(report.document.written() + "\n", to: sarif)
    }
    if common.json {
      let document: JSONValue = [
        "schema": "dcnconv-lint/1", "model": .text(model), "consumers": .list(reports.map(\.json)),
      ]
      Console.standardOutput.write(document.written() + "\n")
    } else {
      let printer = Printer(.standardOutput, common)
      for report in reports { LintText(report, printer: printer).print() }
    }
    if reports.contains(where: \.hasErrors) { throw Finished(status: .parityFailure) }
  }
}

/// A report as people read it.
struct LintText {
  private let report: LintReport
  private let printer: Printer

  init(_ report: LintReport, printer: Printer) {
    self.report = report
    self.printer = printer
  }

  func print() {
    let target = "\(report.target.name) \(report.target.version)"
    printer.print(printer.styled("\(report.path) for \(target)".escapedForDisplay, .bold) + ": " + summary)
    for rule in report.target.rules {
      let findings = report.findings.filter { $0.rule.id == rule.id }
      guard let first = findings.first else { continue }
      let style: Style = rule.level == .error ? .red : rule.level == .warning ? .yellow : .dim
      printer.print("  " + printer.styled(rule.level.rawValue, style) + "  \(rule.id): \(rule.title)")
      let nodes = findings.compactMap(\.node)
      if !nodes.isEmpty { line("nodes", list(nodes)) }
      line("found", first.detail)
      line("do", rule.remedy)
      line("source", rule.source)
    }
  }

  private var summary: String {
    let counts = LintRule.Level.allCases.compactMap { level -> String? in
      let count = report.count(level)
      return count == 0 ? nil : "\(grouped(count)) \(level.rawValue)\(count == 1 ? "" : "s")"
    }
    return counts.isEmpty
      ? "nothing found by \(report.target.rules.count) rules" : counts.joined(separator: ", ")
  }

  private func line(_ title: String, _ text: String) {
    let padded = title + String(repeating: " ", count: 8 - title.count)
    printer.print("      " + printer.styled(padded, .dim) + text.escapedForDisplay)
  }

  private func list(_ names: [String]) -> String {
    let shown = names.prefix(6).joined(separator: ", ")
    return names.count > 6 ? shown + ", … \(names.count - 6) more" : shown
  }
}
