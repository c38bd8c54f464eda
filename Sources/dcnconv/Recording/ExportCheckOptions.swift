internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import Tensors
internal import Toolkit
internal import Verification

/// How an exported file is compared with its source: ONNX Runtime runs it, and its trace is judged.
struct ExportCheckOptions: ParsableArguments {
  @Flag(
    help:
      "Run the written file in ONNX Runtime, and judge every value by the model (see dcnconv help verify).")
  var check = false

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "An input's array for the check (.npy, .npz, .h5), or one file with all; without, random ones.",
      valueName: "name=file"))
  var inputs: [String] = []

  @Option(help: ArgumentHelp("The Python that has onnxruntime and onnx.", valueName: "program"))
  var python = "python3"

  /// Shapes of pictures that are made up: small, for every value of the network is rerun.
  private static let madeUp = ["data": "1,3,128,160", "im_info": "1,3", "rois": "1,12,5"]

  /// - Throws: `RecordingError` that says how to get the runtime where it is not there; the trace's errors.
  func run(
    _ opened: OpenedModel, of output: String, shapes: [InputShape], _ common: CommonOptions
  ) throws -> ModelReport? {
    try withScratchFolder { folder in
      let recorder = Recorder.onnxruntime
      try recorder.write(into: folder)
      let trace = folder + "/trace.npz"
      var arguments = ["-o", trace]
      for input in inputs { arguments += ["--input", input] }
      if inputs.isEmpty {
        arguments += ["--random-inputs", "1"]
        for (name, dimensions) in Self.madeUp.sorted(by: { $0.key < $1.key }) {
          arguments += ["--shape", "\(name)=\(dimensions)"]
        }
      }
      for shape in shapes {
        if let known = shape.shape.complete {
          arguments += [
            "--shape", "\(shape.name)=" + known.dimensions.map(String.init).joined(separator: ","),
          ]
        }
      }
      arguments.append(output)
      do { try recorder.run(python: python, folder: folder, arguments: arguments) } catch {
        throw RecordingError(
          .environment,
          "\(output) is written, but not checked: \(error). By hand: dcnconv record \(output) --framework "
            + "onnxruntime -o t.npz, then dcnconv verify \(opened.path) --trace t.npz")
      }
      let task = VerificationTask(
        model: opened.path, reading: ModelReading(), source: nil, trace: trace,
        options: TraceVerifier.Options(threads: Threads(common.threadCount)),
        requirements: Requirements(coverage: .any, maximumIllConditioned: 0.001))
      return try task.judge(opened, common)
    }
  }
}
