internal import ArgumentParser
internal import Bytes
internal import Engine
internal import Formats
internal import Graphs
internal import Operators
internal import Tensors
internal import Toolkit
internal import Verification

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Checks a pack, proves that nothing of its source was lost, and judges traces of other frameworks.",
    discussion: """
      Without options: every digest, the padding, the order and the canonical form of a pack. With --source: \
      that every tensor of the source is in the model bit for bit, or by which named rule it was replaced. With \
      --trace: every recorded layer is rerun in fp64 on its own recorded inputs and judged by the rounding error \
      to expect of it (verdicts: exact, rounding, policy, ill-conditioned, not judged, suspect, mismatch).
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String?

  @OptionGroup var source: ModelOptions

  @Option(
    name: .customLong("source"),
    help: ArgumentHelp("The file that the model was imported from.", valueName: "file"))
  var original: String?

  @Option(help: ArgumentHelp("A recording of another framework's run: npz or HDF5.", valueName: "file"))
  var trace: String?

  @Flag(help: "Also rerun the network from its inputs alone, and say where the recording first diverges.")
  var endToEnd = false

  @Flag(help: "Also judge recorded gradients of deformable layers.")
  var gradients = false

  @Flag(
    help: ArgumentHelp(
      "With --with: find the first layer that the framework computes otherwise, recording a few values in each of "
        + "about log2 of the layers' number of runs."))
  var bisect = false

  @Option(
    help: ArgumentHelp(
      "Verify every model of this YAML file, each against the traces and by the policy that stand there.",
      valueName: "file"))
  var manifest: String?

  @Option(
    name: .customLong("with"),
    help: ArgumentHelp(
      "Record a trace with mxnet, onnxruntime, openvino or torch (see dcnconv help record), and judge that.",
      valueName: "framework"))
  var framework: Recorder?

  @OptionGroup var recording: RecordingOptions
  @OptionGroup var judging: JudgingOptions
  @OptionGroup var reports: ReportOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if framework != nil && (trace != nil || manifest != nil) {
      throw ValidationError("--with records a trace: it goes with neither --trace nor --manifest")
    }
    if endToEnd && trace == nil && framework == nil {
      throw ValidationError("--end-to-end needs a recording: --trace, or --with")
    }
    if gradients && trace == nil && framework == nil {
      throw ValidationError("--gradients needs a recording: --trace, or --with")
    }
    if reports.html != nil {
      if manifest != nil { throw ValidationError("--html shows one model: it does not go with --manifest") }
      if trace == nil && framework == nil {
        throw ValidationError("--html shows how a recording was judged: it needs --trace, or --with")
      }
    }
    if bisect && framework == nil {
      throw ValidationError("--bisect records run by run: say with which framework, --with")
    }
    if bisect && endToEnd {
      throw ValidationError("--bisect already reruns stretches: leave out --end-to-end")
    }
    if bisect && reports.areFiled {
      throw ValidationError(
        "--bisect names one layer in its table: no report is filed of it, verify the trace for one")
    }
    guard manifest != nil else {
      if model == nil { throw ValidationError("verify takes a model, or --manifest with a list of them") }
      return
    }
    if model != nil || original != nil || trace != nil || source.isGiven || judging.isGiven {
      throw ValidationError("--manifest says itself which models, sources and traces, and by what policy")
    }
  }

  func run() throws {
    if let manifest { return try run(manifest: manifest) }
    guard let model else { return }
    guard let framework else { return try run(model, trace: trace) }
    if bisect {
      let options = try judging.options(threads: Threads(common.threadCount))
      let search = BisectionRun(
        model: model, reading: source.reading, options: options, recording: recording, framework: framework,
        common: common)
      if try !search.run() { throw Finished(status: .parityFailure) }
      return
    }
    try withScratchFolder { folder in
      let trace = folder + "/trace.npz"
      try recording.record(model, source.reading, with: framework, to: trace)
      try run(model, trace: trace)
    }
  }

  private func run(_ model: String, trace: String?) throws {
    var options = try judging.options(threads: Threads(common.threadCount))
    var requirements = judging.requirements
    options.gradients = gradients
    requirements.gradients = gradients
    if reports.html != nil { options.shownLayers = HTMLReport.shownLayers }
    let task = VerificationTask(
      model: model, reading: source.reading, source: original, trace: trace, options: options,
      requirements: requirements)
    let printer = Printer(.standardOutput, common)
    var document: JSONObject = [:]
    var holds = true
    let integrity = try task.checkIntegrity(common)
    if let integrity {
      holds = holds && integrity.holds
      document["integrity"] = integrity.json
      if !common.json { integrity.print(with: printer) }
    } else if trace == nil {
      throw ValidationError("\(model) is no pack: say what to verify it against, with --source or --trace")
    }
    let opened = try task.openForTrace()
    var runs: [EndToEndReport] = []
    if endToEnd, let opened {
      runs = try task.judgeEndToEnd(opened, common)
      holds = holds && runs.allSatisfy { $0.failures.isEmpty }
      document["endToEnd"] = JSONReport.endToEnd(runs)
      if !common.json {
        for run in runs { EndToEndText(run, printer: printer, showsAll: reports.all).print() }
      }
    }
    if let opened, let report = try task.judge(opened, common) {
      holds = holds && report.passes
      try reports.write([report])
      try reports.writePage(report, endToEnd: runs)
      if common.json {
        for member in JSONReport.document(report).objectValue?.members ?? [] {
          document[member.key] = member.value
        }
      } else {
        ReportPrinter(report, printer: printer, showsAll: reports.all).print()
      }
    }
    if common.json { Console.standardOutput.write(JSONValue.object(document).written() + "\n") }
    if !holds { throw Finished(status: .parityFailure) }
  }

  private func run(manifest path: String) throws {
    let run = ManifestRun(try ManifestRun.readManifest(path), common)
    let printer = Printer(.standardOutput, common)
    let outcomes = run.run { outcome in
      if !common.json { outcome.print(with: printer, showsAll: reports.all) }
    }
    try reports.write(outcomes.flatMap(\.reports))
    if common.json { Console.standardOutput.write(ManifestRun.json(outcomes).written() + "\n") }
    let worst = outcomes.map(\.status).max { $0.rawValue < $1.rawValue } ?? .success
    if worst != .success { throw Finished(status: worst) }
  }
}

/// How recorded numbers are judged.
struct JudgingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Judge only values whose name fits this pattern (* and ?).", valueName: "glob"))
  var layers: String?

  @Option(help: ArgumentHelp("Let pass, as policy, what is within this relative tolerance.", valueName: "r"))
  var rtol: Double?

  @Option(help: ArgumentHelp("Let pass, as policy, what is within this absolute tolerance.", valueName: "a"))
  var atol: Double?

  @Option(
    help: ArgumentHelp(
      "The arithmetic in which the trace was made, over what it says: fp64, fp32, tf32, bf16 or fp16.",
      valueName: "precision"))
  var producerPrecision: String?

  @Option(
    help: ArgumentHelp(
      "Layers that must be judged: all, deformable or a share such as 90%.", valueName: "rule"))
  var requireCoverage: CoverageArgument?

  @Option(
    help: ArgumentHelp(
      "The share of a layer's elements that may sit on a discontinuity (0.001).", valueName: "share"))
  var maxIllConditioned: Double = 0.001

  /// Whether any of them stands on the command line.
  var isGiven: Bool {
    layers != nil || rtol != nil || atol != nil || producerPrecision != nil || requireCoverage != nil
      || maxIllConditioned != 0.001
  }

  var requirements: Requirements {
    Requirements(coverage: requireCoverage?.rule ?? .any, maximumIllConditioned: maxIllConditioned)
  }

  func options(threads: Threads) throws -> TraceVerifier.Options {
    var options = try TraceVerifier.Options(
      layers: layers, producerPrecision: producerPrecision, threads: threads)
    if rtol != nil || atol != nil {
      options.tolerance = Tolerance(relative: rtol ?? 0, absolute: atol ?? 0)
    }
    return options
  }
}

extension TraceVerifier.Options {
  /// - Parameters:
  ///   - layers: a pattern of the names of values to judge.
  ///   - producerPrecision: over what the trace says.
  /// - Throws: `ValidationError` where there is no such precision.
  init(layers: String?, producerPrecision: String?, threads: Threads) throws {
    self.init(threads: threads)
    if let text = producerPrecision {
      guard let arithmetic = Precision.Arithmetic(rawValue: text.lowercased()) else {
        throw ValidationError("--producer-precision takes fp64, fp32, tf32, bf16 or fp16, not '\(text)'")
      }
      self.arithmetic = arithmetic
    }
    if let layers {
      let pattern = Glob(layers)
      selects = { pattern.matches($0) }
    }
  }
}

/// `all`, `deformable` or `90%`.
struct CoverageArgument: ExpressibleByArgument {
  let rule: Requirements.CoverageRule

  init?(argument: String) {
    guard let rule = Requirements.CoverageRule(argument) else { return nil }
    self.rule = rule
  }
}

/// Where a report goes beside the terminal.
struct ReportOptions: ParsableArguments {
  @Flag(help: "Show every layer, not only the worst.")
  var all = false

  @Option(help: ArgumentHelp("Write the report as JUnit XML.", valueName: "file"))
  var junit: String?

  @Option(
    help: ArgumentHelp(
      "Write what fails or could not be judged as SARIF 2.1.0, for code scanning.", valueName: "file"))
  var sarif: String?

  @Option(help: ArgumentHelp("Write the report as a page to read, in one file.", valueName: "file"))
  var html: String?

  @Flag(help: "Print GitHub annotations, and write the step summary where GITHUB_STEP_SUMMARY says.")
  var github = false

  /// Whether a report is asked for beside the table.
  var areFiled: Bool { junit != nil || sarif != nil || html != nil || github }

  func write(_ models: [ModelReport]) throws {
    if let junit { try writeText(JUnitReport.text(models), to: junit) }
    if let sarif {
      let report = SARIFReport(models, version: DCNConv.version, root: workingFolder)
      try writeText(report.document.written() + "\n", to: sarif)
    }
    guard github else { return }
    Console.standardError.write(GitHubReport.annotations(models))
    if let path = environmentVariable("GITHUB_STEP_SUMMARY"), !path.isEmpty {
      try appendText(models.map(GitHubReport.summary).joined(separator: "\n"), to: path)
    }
  }
}

extension ReportOptions {
  func writePage(_ report: ModelReport, endToEnd runs: [EndToEndReport]) throws {
    guard let html else { return }
    try writeText(HTMLReport(report, endToEnd: runs, version: DCNConv.version).written, to: html)
  }
}

/// A pattern of a name in which `*` stands for any text and `?` for any one character.
struct Glob: Sendable {
  private let pattern: [Character]

  init(_ pattern: String) { self.pattern = Array(pattern) }

  func matches(_ name: String) -> Bool {
    let text = Array(name)
    var (p, t) = (0, 0)
    // Where to go on when a star must take one character more.
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "?" || (pattern[p] != "*" && pattern[p] == text[t]) {
        p += 1
        t += 1
      } else if p < pattern.count, pattern[p] == "*" {
        star = (p, t)
        p += 1
      } else if let back = star {
        star = (back.pattern, back.text + 1)
        (p, t) = (back.pattern + 1, back.text + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
