internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import Tensors
internal import Toolkit

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a model in another format, which the output's ending names.",
    discussion: """
      .onnx                   standard ONNX
      -symbol.json or .json   the graph as MXNet 1.9 writes it
      .params                 the weights as MXNet 1.9 writes them
      .dcnpack                a native pack
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @OptionGroup var reading: ModelOptions

  @Flag(help: "Replace an existing output.")
  var force = false

  @Flag(name: .customLong("no-fsync"), help: "Do not wait for the disk.")
  var skipsFlush = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    guard let target = ExportTarget(path: output) else {
      throw ValidationError(
        "\(output) ends like no format that can be written: .onnx, -symbol.json, .json, .params or "
          + ".dcnpack")
    }
    if !force, fileExists(output) { throw ValidationError("\(output) exists; --force replaces it") }
    let opened = try reading.open(model)
    try target.write(
      opened.model, to: output,
      PackOptions(isDurable: !skipsFlush, replaces: force, threads: Threads(common.threadCount)))
    if common.json {
      let document: JSONValue = [
        "schema": "dcnconv-export/1", "output": .text(output), "format": .text(target.rawValue),
        "warnings": .list(opened.model.warnings.map { .text($0) }),
      ]
      Console.standardOutput.write(document.written() + "\n")
    } else {
      Printer(.standardOutput, common).print("\(output.escapedForDisplay): \(target.rawValue)")
    }
  }
}

/// What `export` can write.
enum ExportTarget: String {
  case onnx = "ONNX"
  case symbol = "MXNet symbol JSON"
  case parameters = "MXNet NDArray list"
  case pack = "dcnconv pack"

  init?(path: String) {
    if path.hasSuffix(".onnx") {
      self = .onnx
    } else if path.hasSuffix(".json") {
      self = .symbol
    } else if path.hasSuffix(".params") {
      self = .parameters
    } else if path.hasSuffix(".dcnpack") {
      self = .pack
    } else {
      return nil
    }
  }

  /// - Throws: `FormatError` where the format cannot say what the model holds.
  func write(_ model: Model, to path: String, _ options: PackOptions) throws {
    switch self {
    case .onnx:
      let writer = try ONNXWriter(model, ONNXDescription(model.provenance), path: path)
      let file = try AtomicFile(path: path, durable: options.isDurable)
      try writer.write(to: file)
      try file.commit(replacing: options.replaces)
    case .symbol:
      guard !model.graph.nodes.isEmpty else {
        throw ToolkitError(.content, "the model has no graph: it is weights alone (see --architecture)")
      }
      try writeText(SymbolWriter.text(of: model.graph, file: path), to: path)
    case .parameters:
      let writer = try NDArrayListWriter(model.tensors, file: path)
      let file = try AtomicFile(path: path, durable: options.isDurable)
      try file.reserve(writer.byteCount)
      try writer.write(to: file)
      try file.commit(replacing: options.replaces)
    case .pack: try PackWriter.write(model, to: path, options)
    }
  }
}
