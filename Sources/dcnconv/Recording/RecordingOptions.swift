internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import Tensors
internal import Toolkit

/// What a framework is fed and asked for.
struct RecordingOptions: ParsableArguments {
  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "An input's array (.npy, .npz, .h5), or one file with all of them. May be repeated.",
      valueName: "name=file"))
  var inputs: [String] = []

  @Option(help: ArgumentHelp("Make inputs that are not given up, from this seed.", valueName: "seed"))
  var randomInputs: UInt32?

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp("The shape of an input that is made up. May be repeated.", valueName: "name=dims"))
  var shapes: [String] = []

  @Option(help: ArgumentHelp("Record these values only; may be repeated.", valueName: "glob"))
  var values: [String] = []

  @Option(help: ArgumentHelp("The Python that has the framework.", valueName: "program"))
  var python = "python3"

  @Option(
    name: .customLong("import"),
    help: ArgumentHelp("For mxnet: run this first, it registers Python operators.", valueName: "file.py"))
  var imports: [String] = []

  @Option(
    help: ArgumentHelp(
      "For torch: a function without parameters that returns the module and its inputs by name.",
      valueName: "file.py:function"))
  var module: String?

  /// Records a trace of a model.
  ///
  /// - Parameter exactly: the names of the values to record; nil for those that the options choose.
  /// - Throws: `RecordingError`; the formats' errors where the model cannot be given to the framework.
  func record(
    _ path: String, _ reading: ModelReading, with recorder: Recorder, to output: String,
    values exactly: [String]? = nil
  ) throws {
    var options = self
    if let exactly { options.values = exactly.map(Self.literal) }
    try withScratchFolder { folder in
      try recorder.write(into: folder)
      try recorder.run(
        python: python, folder: folder,
        arguments: try options.arguments(path, reading, for: recorder, output: output, folder: folder))
    }
  }

  /// A pattern that fits this name alone (Python's fnmatch).
  private static func literal(_ name: String) -> String {
    String(name.flatMap { "*?[".contains($0) ? ["[", $0, "]"] : [$0] })
  }

  private func arguments(
    _ path: String, _ reading: ModelReading, for recorder: Recorder, output: String, folder: String
  ) throws -> [String] {
    var arguments = ["-o", output]
    for input in inputs { arguments += ["--input", input] }
    for shape in shapes { arguments += ["--shape", shape] }
    for value in values { arguments += ["--values", value] }
    if let randomInputs { arguments += ["--random-inputs", "\(randomInputs)"] }
    switch recorder {
    case .mxnet:
      for file in imports { arguments += ["--import", file] }
      arguments.append(try checkpoint(of: path, reading, in: folder))
    case .onnxruntime, .openvino:
      guard ONNXFormat.recognises(try MappedFile(path: path)) else {
        throw RecordingError(.request, "\(path) is no ONNX file, which alone \(recorder.rawValue) is given")
      }
      arguments.append(path)
    case .torch:
      guard let module else {
        throw RecordingError(.request, "torch runs a module: say --module FILE.py:FUNCTION")
      }
      arguments += ["--names", try inspection(of: path, reading, in: folder), module]
    }
    return arguments
  }

  /// The model as MXNet reads it.
  private func checkpoint(of path: String, _ reading: ModelReading, in folder: String) throws -> String {
    let model = try reading.open(path).model
    let options = PackOptions(isDurable: false, replaces: true, threads: Threads(1))
    try model.export(as: .symbol, to: folder + "/model-symbol.json", options)
    try model.export(as: .parameters, to: folder + "/model-0000.params", options)
    return folder + "/model-0000.params"
  }

  /// The model's nodes and values by name, for PyTorch's modules are not called like them.
  private func inspection(of path: String, _ reading: ModelReading, in folder: String) throws -> String {
    let inferred = try reading.open(path).inferred()
    let inspection = Inspection(inferred.model, types: inferred.types)
    try writeText(inspection.json(tensors: nil, withNodes: true).written(), to: folder + "/nodes.json")
    return folder + "/nodes.json"
  }
}
