internal import Bytes
internal import Verification

/// A verification report as people read it, the worst layer first.
struct ReportPrinter {
  private let report: ModelReport
  private let printer: Printer
  private let showsAll: Bool

  /// Layers that are listed where not all are asked for and none fails.
  private static let usualRows = 10

  init(_ report: ModelReport, printer: Printer, showsAll: Bool) {
    self.report = report
    self.printer = printer
    self.showsAll = showsAll
  }

  func print() {
    let coverage = report.coverage
    let result = report.passes ? printer.styled("passes", .green) : printer.styled("fails", .red)
    printer.print(
      "\(report.modelPath.escapedForDisplay): \(result), the worst layer is \(report.verdict.rawValue)")
    printer.print(
      "  \(coverage.judged) of \(coverage.layers) layers judged, "
        + "\(coverage.deformableJudged) of \(coverage.deformable) deformable ones")
    for failure in report.failures { printer.print("  " + printer.styled(failure.escapedForDisplay, .red)) }
    printTable()
    printDecisions()
    printGaps()
  }

  private func printTable() {
    let layers = report.layers.filter { $0.verdict != .notJudged }.worstFirst
    let failing = layers.count { $0.verdict.isFailure }
    let shown = showsAll ? layers[...] : layers.prefix(max(Self.usualRows, min(failing, 50)))
    guard !shown.isEmpty else { return }
    var table = TextTable([
      ("layer", .left), ("operator", .left), ("verdict", .left), ("largest error", .right), ("in σ", .right),
      ("beyond 6 σ", .right), ("ULP", .right),
    ])
    for layer in shown {
      let statistics = layer.statistics
      table.add([
        layer.title, layer.operatorName,
        layer.verdict.rawValue,
        ReportText.significant(statistics.maximumError, 3),
        (statistics.isUpperEstimate ? "≤ " : "") + ReportText.ratio(statistics.maximumErrorToSigma),
        "\(grouped(statistics.outside)) of \(grouped(statistics.elements))",
        ReportText.significant(statistics.maximumUlp, 3),
      ])
    }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
    if shown.count < layers.count {
      printer.print("  … \(layers.count - shown.count) more (--all shows them)")
    }
    for layer in shown where layer.verdict.isFailure {
      printer.print(
        "  " + printer.styled(layer.title.escapedForDisplay, .bold) + ": " + ReportText.summary(layer))
    }
  }

  /// How close layers that decide were to deciding otherwise.
  private func printDecisions() {
    let deciding = report.layers.filter { $0.decisions != nil && !$0.verdict.isFailure }
    for layer in deciding.prefix(showsAll ? .max : 5) {
      guard let decisions = layer.decisions else { continue }
      printer.print("  " + "\(layer.name): \(ReportText.summary(decisions))".escapedForDisplay)
    }
  }

  /// Why layers could not be judged, each reason once.
  private func printGaps() {
    var reasons: [(reason: String, count: Int)] = []
    for layer in report.layers where layer.verdict == .notJudged {
      if let index = reasons.firstIndex(where: { $0.reason == layer.reason }) {
        reasons[index].count += 1
      } else {
        reasons.append((layer.reason, 1))
      }
    }
    guard !reasons.isEmpty else { return }
    printer.print()
    for (reason, count) in reasons.sorted(by: { $0.count > $1.count }).prefix(showsAll ? .max : 10) {
      printer.print("  not judged: \(count) layer\(count == 1 ? "" : "s"), " + reason.escapedForDisplay)
    }
  }
}
