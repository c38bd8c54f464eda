internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import Rewrites
internal import Tensors
internal import Toolkit
internal import Verification

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a model in another format, which the output's ending names.",
    discussion: """
      .onnx                   standard ONNX that runs in today's runtimes, from image tensor to result
      -symbol.json or .json   the graph as MXNet 1.9 writes it
      .params                 the weights as MXNet 1.9 writes them
      .npz, .h5               the weights as NumPy and HDF5 have them
      .dcnpack                a native pack
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @OptionGroup var reading: ModelOptions

  @OptionGroup(title: "ONNX") var onnx: ONNXExportOptions

  @OptionGroup(title: "Checking an ONNX file") var checking: ExportCheckOptions

  @Flag(help: "Replace an existing output.")
  var force = false

  @Flag(name: .customLong("no-fsync"), help: "Do not wait for the disk.")
  var skipsFlush = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    guard let format = ExportFormat(path: output) else {
      throw ValidationError(
        "\(output) ends like no format that can be written: expected \(ExportFormat.knownEndings)")
    }
    if format != .onnx, onnx.isGiven || checking.check {
      throw ValidationError("\(output) is no .onnx file, which alone these options concern")
    }
    if !force, fileExists(output) { throw ValidationError("\(output) exists; --force replaces it") }
    let opened = try reading.open(model)
    try opened.model.export(
      as: format, to: output,
      PackOptions(isDurable: !skipsFlush, replaces: force, threads: Threads(common.threadCount)),
      onnx: onnx.export)
    let check = checking.check ? try checking.run(opened, of: output, shapes: onnx.shapes, common) : nil
    report(opened, format, check)
    if check?.passes == false { throw Finished(status: .parityFailure) }
  }

  private func report(_ opened: OpenedModel, _ format: ExportFormat, _ check: ModelReport?) {
    guard !common.json else {
      var document: JSONObject = [
        "schema": "dcnconv-export/1", "output": .text(output), "format": .text(format.rawValue),
        "warnings": .list(opened.model.warnings.map { .text($0) }),
      ]
      if let check { document["check"] = JSONReport.document(check) }
      Console.standardOutput.write(JSONValue.object(document).written() + "\n")
      return
    }
    let printer = Printer(.standardOutput, common)
    printer.print("\(output.escapedForDisplay): \(format.rawValue)")
    if let check { ReportPrinter(check, printer: printer, showsAll: false).print() }
  }
}

/// How ONNX files are written.
struct ONNXExportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Whose operators are used: onnxruntime (1.25 or newer), or portable, for runtimes without DeformConv.",
      valueName: "runtime"))
  var target: ONNXTarget = .onnxruntime

  @Flag(
    help:
      "Write operators that ONNX does not have as one node each, in the domain dcnconv, which dcnconv reads.")
  var keepCustom = false

  @Flag(help: "Fold batch normalisations into the convolutions before them.")
  var fold = false

  @Flag(
    help: """
      Add a detector's boxes, scores and classes as outputs detection_boxes, detection_scores and \
      detection_classes.
      """)
  var detections = false

  @Flag(help: "Write the weights into a file beside the output, as is done above 2 GB.")
  var externalData = false

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp(
      "The shape of an input of an unknown network, ? for any size: data=1,3,?,?. May be repeated.",
      valueName: "name=dims"))
  var shapes: [InputShape] = []

  var isGiven: Bool {
    target != .onnxruntime || keepCustom || fold || detections || externalData || !shapes.isEmpty
  }

  var export: ONNXExport {
    ONNXExport(
      target: target,
      options: ONNXOptions(storage: externalData ? .external : .automatic, keepsCustom: keepCustom),
      foldsBatchNorms: fold, addsDetections: detections, shapes: shapes.map { ($0.name, $0.shape) },
      producerVersion: DCNConv.version)
  }
}

extension ONNXTarget: ExpressibleByArgument {}
