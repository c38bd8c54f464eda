internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections
internal import Tensors
internal import Toolkit

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Reads a model of any format and writes a native pack.",
    discussion: """
      A .params file alone is enough for the released networks: they are recognised by the names and shapes of \
      their tensors. The pack appears under its name when all of it is written, or not at all.
      """)

  @Argument(
    help: ArgumentHelp("The model to read: .params, symbol JSON, .onnx, .dcnpack.", valueName: "source"))
  var source: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The pack to write; without, the source's name with .dcnpack.", valueName: "file"))
  var output: String?

  @OptionGroup var reading: ModelOptions

  @Flag(help: "Replace an existing output.")
  var force = false

  @Flag(
    name: .customLong("no-fsync"),
    help: "Do not wait for the disk: faster, but a power cut may lose the file.")
  var skipsFlush = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let destination = output ?? Self.defaultOutput(for: source)
    if !force, fileExists(destination) {
      throw ValidationError("\(destination) exists; --force replaces it")
    }
    let opened = try reading.open(source)
    let bar = ProgressBar("importing", common)
    let summary: PackSummary
    do {
      defer { bar.finish() }
      summary = try PackWriter.write(
        opened.model, to: destination,
        PackOptions(
          isDurable: !skipsFlush, replaces: force, threads: Threads(common.threadCount),
          progress: { bar.update(done: $0, total: $1) }))
    }
    if common.json {
      Console.standardOutput.write(json(opened, summary, destination).written() + "\n")
    } else {
      print(opened, summary, destination)
    }
  }

  /// `dir/model-0000.params` becomes `dir/model-0000.dcnpack`.
  static func defaultOutput(for source: String) -> String {
    let name = source.split(separator: "/").last ?? ""
    let stem = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : name[..<$0] } ?? name
    return source.dropLast(name.count) + stem + ".dcnpack"
  }

  private func print(_ opened: OpenedModel, _ summary: PackSummary, _ destination: String) {
    let printer = Printer(.standardOutput, common)
    printer.print(
      "\(printer.styled(destination.escapedForDisplay, .bold)): \(grouped(summary.tensorCount)) tensors, "
        + byteText(summary.byteCount))
    for note in opened.notes { printer.print("  " + note.escapedForDisplay) }
    for replacement in opened.model.provenance.replacements {
      printer.print("  \(replacement.by) takes the place of \(replacement.tensor)".escapedForDisplay)
    }
    printer.print("  sha256 \(summary.digest)")
    guard !common.quiet else { return }
    let warnings = Printer(.standardError, common)
    for warning in opened.model.warnings {
      warnings.print(warnings.styled("warning: ", .yellow) + warning.escapedForDisplay)
    }
  }

  private func json(_ opened: OpenedModel, _ summary: PackSummary, _ destination: String) -> JSONValue {
    let network = opened.model.network
    return [
      "schema": "dcnconv-import/1",
      "output": .text(destination),
      "sha256": .text("\(summary.digest)"),
      "tensors": .integer(summary.tensorCount),
      "bytes": .integer(summary.byteCount),
      "architecture": [
        "name": network.map { .text($0.name) } ?? .null,
        "confidence": network.map { .number($0.confidence) } ?? .null,
        "alternatives": .list((network?.alternatives ?? []).map { .text($0) }),
        "unmatched": .list(opened.unmatched.map { .text($0) }),
      ],
      "warnings": .list(opened.model.warnings.map { .text($0) }),
    ]
  }
}
