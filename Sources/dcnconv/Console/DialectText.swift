internal import Bytes
internal import Verification

/// What each layer was computed with, as people read it.
struct DialectText {
  private let report: DialectReport
  private let printer: Printer
  private let showsAll: Bool

  init(_ report: DialectReport, printer: Printer, showsAll: Bool) {
    self.report = report
    self.printer = printer
    self.showsAll = showsAll
  }

  func print() {
    let judged = report.layers.filter { $0.decision != .notJudged }
    let counts = [
      (LayerDialect.Decision.declared, "as declared"), (.other, "otherwise"), (.undecided, "not decided"),
      (.unexplained, "not explained"),
    ].map { decision, words in "\(judged.count { $0.decision == decision }) \(words)" }
    printer.print(
      "\(report.modelPath.escapedForDisplay): \(judged.count) of \(report.layers.count) layers tested, "
        + counts.joined(separator: ", "))
    printTable(judged)
    printOthers(judged)
    printGaps()
  }

  private func isShown(_ layer: LayerDialect) -> Bool {
    showsAll || layer.isDeformable || layer.decision != .declared
  }

  private func printTable(_ judged: [LayerDialect]) {
    let shown = judged.filter(isShown)
    guard !shown.isEmpty else { return }
    var table = TextTable([
      ("layer", .left), ("operator", .left), ("computed with", .left), ("in σ", .right), ("next best", .left),
      ("in σ", .right),
    ])
    for layer in shown {
      table.add([
        layer.name, layer.operatorName, title(layer), layer.best.first.map(ratio) ?? "-",
        layer.next?.title ?? "-", layer.next.map(ratio) ?? "-",
      ])
    }
    printer.print()
    for line in table.lines { printer.print("  " + line) }
    printer.print()
    for layer in shown where layer.decision != .declared { printer.print("  " + sentence(layer)) }
  }

  /// Those that are as declared in one line, with the least certain of them.
  private func printOthers(_ judged: [LayerDialect]) {
    let rest = judged.filter { !isShown($0) }
    let margins = rest.compactMap { layer in layer.next.map { (layer, $0) } }
    guard let least = margins.min(by: { $0.1.ratio < $1.1.ratio }) else { return }
    let text =
      "\(rest.count) other layers are as declared; the nearest other explanation is at \(ratio(least.1)) σ "
      + "(\(least.0.name): \(least.1.title); --all shows them)"
    printer.print("  " + text.escapedForDisplay)
  }

  private func printGaps() {
    let gaps = report.layers.filter { $0.decision == .notJudged }
    for layer in gaps.prefix(showsAll ? .max : 5) {
      printer.print("  not tested: " + "\(layer.name), \(layer.reason)".escapedForDisplay)
    }
    if !showsAll, gaps.count > 5 { printer.print("  … \(gaps.count - 5) more not tested (--all shows them)") }
  }

  private func title(_ layer: LayerDialect) -> String {
    switch layer.decision {
    case .declared: "as declared" + (layer.dialect.isEmpty ? "" : ": " + layer.dialect)
    case .other: layer.best.first?.title ?? ""
    case .undecided: "not decided: \(layer.best.count) fit"
    case .unexplained, .notJudged: "not explained"
    }
  }

  /// Refuted ones were looked at in some elements only, or the worst was enough.
  private func ratio(_ candidate: LayerDialect.Candidate) -> String {
    (candidate.isRefuted && candidate.ratio.isFinite ? "≥ " : "") + ReportText.ratio(candidate.ratio)
  }

  private func sentence(_ layer: LayerDialect) -> String {
    let name = printer.styled(layer.name.escapedForDisplay, .bold) + ": "
    switch layer.decision {
    case .other:
      guard let best = layer.best.first else { return name }
      return name + "these are the numbers of \(best.title): \(best.remedy ?? "").".escapedForDisplay
    case .undecided:
      let causes = layer.best.map(\.title).joined(separator: ", or ")
      let probe = report.probe(for: layer).map { "; a probe decides: \($0)" } ?? ""
      return name + "this trace cannot tell apart \(causes)\(probe)".escapedForDisplay
    case .unexplained, .notJudged, .declared:
      let known = "none of \(layer.tried) computations gives these numbers, nor do two at once"
      return name + (known + (layer.diagnosis.map { ". \($0)" } ?? "")).escapedForDisplay
    }
  }
}
