internal import Bytes
internal import Engine
internal import Foundation
internal import Operators
internal import Tensors
internal import Toolkit
internal import Verification

/// Verifies the models of a manifest one after another; what is wrong with one does not keep the next from its turn.
struct ManifestRun {
  /// What became of one model.
  struct Outcome {
    let entry: ParityManifest.Entry
    /// The SHA-256 of its file; nil where that cannot be read.
    var digest: String?
    var integrity: IntegrityCheck.Result?
    /// One for each trace; one without layers where there are problems alone.
    var reports: [ModelReport] = []
    /// What else does not hold, in sentences.
    var problems: [String] = []
    /// The worst of what happened.
    var status = ExitStatus.success
  }

  private let manifest: ParityManifest
  private let common: CommonOptions

  init(_ manifest: ParityManifest, _ common: CommonOptions) {
    self.manifest = manifest
    self.common = common
  }

  /// - Parameter report: told of each model when it is done.
  func run(report: (Outcome) -> Void) -> [Outcome] {
    manifest.entries.map { entry in
      var outcome = verify(entry)
      outcome.addProblemReport()
      report(outcome)
      return outcome
    }
  }

  private func verify(_ entry: ParityManifest.Entry) -> Outcome {
    var outcome = Outcome(entry: entry)
    outcome.attempt { outcome in
      let file = try MappedFile(path: entry.model)
      let digest = Digest(of: file.bytes).description
      outcome.digest = digest
      if let expected = entry.sha256, expected != digest {
        outcome.fail("its SHA-256 is \(digest), expected \(expected)")
      }
    }
    guard outcome.digest != nil else { return outcome }
    outcome.attempt { outcome in
      outcome.integrity = try task(entry, trace: nil).checkIntegrity(common)
      if outcome.integrity?.holds == false {
        outcome.fail("it is not what \(entry.source ?? "its source") holds")
      }
    }
    for trace in entry.traces {
      outcome.attempt { outcome in
        guard let report = try judge(task(entry, trace: trace)) else { return }
        outcome.reports.append(report)
        if !report.passes { outcome.note(.parityFailure) }
      }
    }
    return outcome
  }

  private func judge(_ task: VerificationTask) throws -> ModelReport? {
    try task.openForTrace().flatMap { try task.judge($0, common) }
  }

  private func task(_ entry: ParityManifest.Entry, trace: String?) -> VerificationTask {
    var options = TraceVerifier.Options(
      arithmetic: entry.arithmetic, tolerance: entry.tolerance, threads: Threads(common.threadCount))
    if let layers = entry.layers {
      let pattern = Glob(layers)
      options.selects = { pattern.matches($0) }
    }
    return VerificationTask(
      model: entry.model,
      reading: ModelReading(
        symbol: entry.symbol,
        architecture: entry.architecture.map { ArchitectureChoice(argument: $0) } ?? .automatic),
      source: entry.source, trace: trace, options: options, requirements: entry.requirements)
  }
}

extension ManifestRun.Outcome {
  /// Runs a part; what it throws is a problem of this model alone.
  fileprivate mutating func attempt(_ part: (inout Self) throws -> Void) {
    do { try part(&self) } catch {
      problems.append("\(error)")
      note((error as? any Fault).map { ExitStatus($0.blame) } ?? .content)
    }
  }

  fileprivate mutating func fail(_ problem: String) {
    problems.append(problem)
    note(.parityFailure)
  }

  fileprivate mutating func note(_ new: ExitStatus) {
    if new.rawValue > status.rawValue { status = new }
  }

  /// Reports carry problems to JUnit and GitHub: with a trace's, or alone.
  fileprivate mutating func addProblemReport() {
    guard !problems.isEmpty || reports.isEmpty else { return }
    var report = ModelReport(
      modelPath: entry.model, modelDigest: digest ?? "", instructionSet: "\(InstructionSet.chosen)",
      layers: [],
      requirements: Requirements())
    report.problems = problems
    reports.insert(report, at: 0)
  }

  func print(with printer: Printer, showsAll: Bool) {
    integrity?.print(with: printer)
    if !problems.isEmpty || integrity == nil && entry.traces.isEmpty {
      let result = problems.isEmpty ? printer.styled("passes", .green) : printer.styled("fails", .red)
      printer.print("\(entry.model.escapedForDisplay): \(result)")
      for problem in problems { printer.print("  " + printer.styled(problem.escapedForDisplay, .red)) }
    }
    for report in reports where report.tracePath != nil {
      ReportPrinter(report, printer: printer, showsAll: showsAll).print()
    }
    printer.print()
  }
}

extension ManifestRun {
  /// The document `dcnconv-manifest/1` (Schemas/manifest.md).
  static func json(_ outcomes: [Outcome]) -> JSONValue {
    [
      "schema": "dcnconv-manifest/1",
      "passes": .boolean(outcomes.allSatisfy { $0.status == .success }),
      "models": .list(
        outcomes.map { outcome in
          [
            "path": .text(outcome.entry.model),
            "sha256": outcome.digest.map { .text($0) } ?? .null,
            "status": .integer(Int(outcome.status.rawValue)),
            "problems": .list(outcome.problems.map { .text($0) }),
            "integrity": outcome.integrity?.json ?? .null,
            "reports": .list(
              outcome.reports.filter { $0.tracePath != nil }.map(JSONReport.document)),
          ]
        }),
    ]
  }
}

extension ManifestRun {
  /// The largest manifest that is read, in bytes.
  private static let maximumByteCount = 1 << 20

  /// - Throws: `ByteError` or `VerificationError`.
  static func readManifest(_ path: String) throws -> ParityManifest {
    let file = try MappedFile(path: path)
    guard file.byteCount <= maximumByteCount else {
      throw VerificationError(
        file: path, "has \(file.byteCount) bytes, a manifest has at most \(maximumByteCount)")
    }
    // SAFETY: the bytes are read inside the closure alone.
    let text = unsafe file.bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    guard let text else { throw VerificationError(file: path, "is not UTF-8") }
    return try ParityManifest(
      parsing: text, file: path, folder: (path as NSString).deletingLastPathComponent)
  }
}
