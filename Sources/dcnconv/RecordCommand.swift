internal import ArgumentParser
internal import Bytes

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Records a trace of a model in MXNet, ONNX Runtime, OpenVINO or PyTorch.",
    discussion: """
      The framework is run by Python, which must have it installed:
        mxnet        \(Recorder.mxnet.installation)
        onnxruntime  \(Recorder.onnxruntime.installation)
        openvino     \(Recorder.openvino.installation)
        torch        \(Recorder.torch.installation)
      MXNet is given the model's graph and weights, whatever format they come in; ONNX Runtime and OpenVINO an ONNX \
      file. PyTorch runs a module of yours, and the model is the ONNX file that torch.onnx.export made of it: it \
      says what the values are called.
      """)

  @Argument(help: ArgumentHelp("A model in any readable format.", valueName: "model"))
  var model: String?

  @OptionGroup var reading: ModelOptions

  @Option(help: ArgumentHelp("mxnet, onnxruntime, openvino or torch.", valueName: "name"))
  var framework: Recorder

  @Option(name: .shortAndLong, help: ArgumentHelp("The trace to write, .npz or .h5.", valueName: "file"))
  var output: String?

  @OptionGroup var recording: RecordingOptions

  @Option(
    help: ArgumentHelp(
      "Put the Python programs into this folder instead, for another machine to run.", valueName: "folder"))
  var save: String?

  @Flag(help: "Replace an existing output.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard save == nil else { return }
    if model == nil || output == nil {
      throw ValidationError("record takes a model and -o TRACE, or --save FOLDER")
    }
  }

  func run() throws {
    var written: [String] = []
    if let save {
      try framework.write(into: save)
      written = framework.programs.map { save + "/" + $0.name }
    } else if let model, let output {
      if !force, fileExists(output) { throw ValidationError("\(output) exists; --force replaces it") }
      try recording.record(model, reading.reading, with: framework, to: output)
      written = [output]
    }
    if common.json {
      let document: JSONValue = [
        "schema": "dcnconv-record/1", "framework": .text(framework.rawValue),
        "files": .list(written.map { .text($0) }),
      ]
      Console.standardOutput.write(document.written() + "\n")
    } else {
      for path in written { Printer(.standardOutput, common).print(path.escapedForDisplay) }
    }
  }
}
