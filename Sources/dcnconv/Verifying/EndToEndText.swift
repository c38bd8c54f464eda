internal import Bytes
internal import Toolkit
internal import Verification

/// An end-to-end report as people read it: the first divergence first, then how the error grows.
struct EndToEndText {
  private let report: EndToEndReport
  private let printer: Printer
  private let showsAll: Bool

  /// Layers that are listed where not all are asked for.
  private static let usualRows = 12

  init(_ report: EndToEndReport, printer: Printer, showsAll: Bool) {
    self.report = report
    self.printer = printer
    self.showsAll = showsAll
  }

  func print() {
    if let first = report.firstDivergence {
      printer.print(
        "end to end: " + printer.styled("first diverges at \(first.name.escapedForDisplay)", .red)
          + " (\(first.operatorName)): " + text(first))
    } else {
      let result = report.failures.isEmpty ? printer.styled("passes", .green) : printer.styled("fails", .red)
      printer.print("end to end: \(result), \(report.layers.count) values follow the rerun from the inputs")
    }
    for failure in report.failures.dropFirst(report.firstDivergence == nil ? 0 : 1) {
      printer.print("  " + printer.styled(failure.escapedForDisplay, .red))
    }
    printLayers()
    for gap in report.gaps.prefix(showsAll ? .max : 5) {
      printer.print("  not rerun: " + "\(gap.name), \(gap.reason)".escapedForDisplay)
    }
    if let detections = report.detections { print(detections) }
    printer.print()
  }

  private func text(_ layer: EndToEndReport.Layer) -> String {
    layer.reason.isEmpty
      ? "its error is \(ReportText.ratio(layer.ratio)) times what rounding makes of this network"
      : layer.reason.escapedForDisplay
  }

  /// Around the first divergence, or spread over the network where there is none.
  private var shown: [EndToEndReport.Layer] {
    let layers = report.layers
    if showsAll || layers.count <= Self.usualRows { return layers }
    if let first = layers.firstIndex(where: \.diverges) {
      return Array(layers[max(0, first - 4)..<min(layers.count, first + 8)])
    }
    return (0..<Self.usualRows).map { layers[$0 * (layers.count - 1) / (Self.usualRows - 1)] }
  }

  private func printLayers() {
    var table = TextTable([
      ("layer", .left), ("operator", .left), ("relative error", .right), ("of our fp32 run", .right),
      ("ratio", .right), ("largest error", .right),
    ])
    for layer in shown {
      table.add([
        layer.name, layer.operatorName, ReportText.significant(layer.relativeError, 3),
        ReportText.significant(layer.ownRelativeError, 3), ReportText.ratio(layer.ratio),
        ReportText.significant(layer.maximumError, 3),
      ])
    }
    for line in table.lines { printer.print("  " + line) }
    if shown.count < report.layers.count {
      printer.print("  … \(report.layers.count - shown.count) more (--all shows them)")
    }
  }

  private func print(_ detections: DetectionComparison) {
    printer.print(
      "  detections: \(grouped(detections.matchedCount)) match, scores within "
        + "\(ReportText.significant(detections.scoreDifference, 3)), corners within "
        + "\(ReportText.significant(detections.cornerDifference, 3)) px")
    for one in detections.unmatched.prefix(showsAll ? .max : 10) {
      let corners = one.detection.box.corners.map { fixed($0, 1) }.joined(separator: ", ")
      let line =
        "  \(one.isRecorded ? "only recorded" : "only rerun"): \(one.detection.className) "
        + "\(fixed(one.detection.score, 4)) at (\(corners)); nearest decision: \(one.decision), "
        + "by \(ReportText.significant(one.margin, 3))"
      printer.print(printer.styled(line.escapedForDisplay, one.isExplained ? .yellow : .red))
    }
  }
}
