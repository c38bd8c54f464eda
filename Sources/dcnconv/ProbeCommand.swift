internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections
internal import Tensors
internal import Toolkit
internal import Verification

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Asks a framework small questions whose answers need no tolerance.",
    discussion: """
      A probe is a folder with small models, inputs that hit borders on purpose, and a program that runs them. Its \
      numbers are so chosen that fp32 rounds nothing, in whatever order a framework adds: an answer has the expected \
      bits, or those of another dialect or a known bug, which is named.
      """,
    subcommands: [MakeProbeCommand.self, JudgeProbeCommand.self])
}

struct MakeProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Writes a probe of an operator, or of the operators of a model.",
    discussion: "Operators: all, or one of " + Probe.operators.joined(separator: ", ") + ".")

  @Argument(
    help: ArgumentHelp("An operator's name, or a model in any readable format.", valueName: "operator|model"))
  var subject: String

  @OptionGroup var reading: ModelOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write.", valueName: "folder"))
  var output: String

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("The framework: onnxruntime, mxnet, torch, openvino or ncnn.", valueName: "framework"))
  var target: ProbeTarget?

  @Option(help: ArgumentHelp("Of a model: layers whose value's name fits this pattern.", valueName: "glob"))
  var layers: String?

  @Flag(help: "Write into a folder that is there.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    if !force, fileExists(output) { throw ValidationError("\(output) exists; --force writes into it") }
    let (probe, target) = try made()
    guard !probe.cases.isEmpty else {
      let reasons = probe.gaps.map { "\($0.name): \($0.reason)" }.joined(separator: "; ")
      throw ValidationError("nothing to ask \(target.rawValue)" + (reasons.isEmpty ? "" : " (\(reasons))"))
    }
    let folder = ProbeFolder(path: output)
    try folder.write(probe, for: target)
    if common.json {
      Console.standardOutput.write(ProbeDocument.json(probe, for: target).written() + "\n")
      return
    }
    let printer = Printer(.standardOutput, common)
    printer.print("\(output.escapedForDisplay): \(probe.cases.count) cases for \(target.rawValue)")
    for gap in probe.gaps { printer.print("  left out: " + "\(gap.name), \(gap.reason)".escapedForDisplay) }
    printer.print("  run it: python3 \(output.escapedForDisplay)/run_probe.py")
    printer.print(
      "  judge it: dcnconv probe judge \(output.escapedForDisplay) \(output.escapedForDisplay)/answers.npz")
  }

  private func made() throws -> (Probe, ProbeTarget) {
    if subject == "all" || Probe.operators.contains(subject) {
      let target = target ?? .onnxruntime
      return (Probe(ofOperator: subject == "all" ? nil : subject, for: target), target)
    }
    guard fileExists(subject) else {
      throw ValidationError(
        "\(subject) is neither a file nor one of all, \(Probe.operators.joined(separator: ", "))")
    }
    let model = try reading.open(subject).inferred().model
    let isONNX = model.provenance.sources.contains { $0.format.hasPrefix("ONNX") }
    let target = target ?? (isONNX ? .onnxruntime : .mxnet)
    let pattern = Glob(layers ?? "*")
    return (Probe(of: model, for: target, selecting: pattern.matches), target)
  }
}

struct JudgeProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Reads a framework's answers to a probe: equal bits, or a named bug.",
    discussion: "The exit status is 1 where an answer has other bits than the declared computation.")

  @Argument(help: ArgumentHelp("The probe's folder.", valueName: "folder"))
  var folder: String

  @Argument(
    help: ArgumentHelp("The answers, as run_probe.py writes them: npz or HDF5.", valueName: "answers"))
  var answers: String

  @OptionGroup var common: CommonOptions

  func run() throws {
    let answered = try TensorFiles.open(path: answers)
    let found = try ProbeFolder(path: folder).judge(answered)
    let framework = [answered.metadata["framework"], answered.metadata["version"]].compactMap { $0 }
      .joined(separator: " ")
    let text = ProbeText(found, framework: framework, printer: Printer(.standardOutput, common))
    if common.json {
      Console.standardOutput.write(ProbeDocument.json(found, framework: framework).written() + "\n")
    } else {
      text.print()
    }
    let isAnswered = found.contains { if case .refused = $0.outcome { false } else { true } }
    if !isAnswered || found.contains(where: \.isFailure) { throw Finished(status: .parityFailure) }
  }
}

extension ProbeTarget: ExpressibleByArgument {}
