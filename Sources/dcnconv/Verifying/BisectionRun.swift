internal import Bytes
internal import Formats
internal import Graphs
internal import Operators
internal import Tensors
internal import Toolkit
internal import Verification

/// `verify --bisect`: the search for the first layer that a framework computes otherwise.
struct BisectionRun {
  let model: String
  let reading: ModelReading
  let options: TraceVerifier.Options
  let recording: RecordingOptions
  let framework: Recorder
  let common: CommonOptions

  /// - Returns: whether the framework's heads agree with the rerun.
  /// - Throws: `RecordingError`; the formats' errors; `VerificationError` where a stretch cannot be rerun.
  func run() throws -> Bool {
    let opened = try reading.open(model)
    let printer = Printer(.standardOutput, common)
    return try withScratchFolder { folder in
      var runs = 0
      let search = Bisection(opened.model, options) { values in
        runs += 1
        let trace = "\(folder)/run\(runs).npz"
        try recording.record(model, reading, with: framework, to: trace, values: values)
        return try TensorFiles.open(path: trace)
      }
      let outcome = try search.run { step in
        guard !common.json else { return }
        let result = step.diverges ? printer.styled("diverges", .red) : printer.styled("agrees", .green)
        printer.print(
          "run \(runs): nodes \(step.nodes.lowerBound) to \(step.nodes.upperBound), \(step.values.count) "
            + "value\(step.values.count == 1 ? "" : "s") recorded: \(result), "
            + "\(ReportText.ratio(step.ratio)) times what rounding makes of it")
      }
      if common.json {
        Console.standardOutput.write(try json(outcome, of: opened).written() + "\n")
      } else {
        print(outcome, with: printer)
      }
      return outcome.layer == nil
    }
  }

  private func print(_ outcome: Bisection.Outcome, with printer: Printer) {
    let runs = "\(outcome.steps.count) run\(outcome.steps.count == 1 ? "" : "s")"
    guard let layer = outcome.layer else {
      printer.print("\(model.escapedForDisplay): the heads agree with the rerun (\(runs))")
      return
    }
    printer.print(
      "\(model.escapedForDisplay): "
        + printer.styled("first diverges at \(layer.name.escapedForDisplay)", .red)
        + " (\(layer.operatorName), \(runs) for \(outcome.nodeCount) nodes)")
    printer.print("  \(layer.verdict.rawValue): " + ReportText.summary(layer))
  }

  /// The document `dcnconv-bisection/1` (Schemas/report.md).
  private func json(_ outcome: Bisection.Outcome, of opened: OpenedModel) throws -> JSONValue {
    [
      "schema": "dcnconv-bisection/1",
      "model": ["path": .text(model), "sha256": .text(try opened.fileDigest())],
      "framework": .text(framework.rawValue), "nodes": .integer(outcome.nodeCount),
      "runs": .list(
        outcome.steps.map { step in
          [
            "first": .integer(step.nodes.lowerBound), "end": .integer(step.nodes.upperBound),
            "values": .list(step.values.map { .text($0) }), "ratio": .number(step.ratio),
            "diverges": .boolean(step.diverges),
          ]
        }),
      "layer": outcome.layer.map(JSONReport.layer) ?? .null,
    ]
  }
}
