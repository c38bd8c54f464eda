import Formats
import Foundation
import Graphs
import Rewrites
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

/// A recorded network as a runtime of ONNX files gets it.
struct ExportedNetwork: CustomTestStringConvertible {
  let network: RecordedNetwork
  let target: ONNXTarget
  /// Whose recorder of `Fixtures/record` runs it.
  let runtime: String

  var testDescription: String { "\(network.name), \(target), \(runtime)" }

  static func all(_ runtime: String, _ targets: [ONNXTarget]) -> [ExportedNetwork] {
    RecordedNetwork.all.flatMap { network in
      targets.map { ExportedNetwork(network: network, target: $0, runtime: runtime) }
    }
  }
}

@Suite("Exported networks in today's runtimes", .enabled(if: Repository.golden != nil))
struct ExportedNetworkTests {
  /// Exports the network, has the runtime record its values of MXNet's recorded inputs, and judges those by the
  /// model that was exported.
  ///
  /// - Parameter body: what else is to be tried with the file.
  private func check(
    _ exported: ExportedNetwork, by python: PythonProgram, _ body: (_ file: String) throws -> Void = { _ in }
  ) throws {
    let scratch = try Scratch()
    let (file, path) = (scratch.path("network.onnx"), scratch.path("trace.npz"))
    let model = try exported.network.model()
    try model.export(
      as: .onnx, to: file, PackOptions(isDurable: false, replaces: false, threads: Threads(2)),
      onnx: ONNXExport(target: exported.target))
    try body(file)
    let recording = try python.record(
      "record_\(exported.runtime).py", "-o", path, "--input", exported.network.tracePath(), file)
    try #require(recording.status == 0, "\(recording.output)")
    let source = try TensorFiles.open(path: path)
    let trace = try Trace(source, path: path)
    #expect((trace.metadata["coordinates"] == "normalized") == (exported.target == .portable))
    let verifier = try TraceVerifier(model, against: trace, TraceVerifier.Options(threads: Threads(2)))
    let layers = try verifier.judge()
    #expect(layers.count > 300)
    for layer in layers where layer.verdict > .rounding {
      Issue.record(
        "\(layer.name): \(layer.verdict), \(layer.statistics.maximumErrorToSigma) deviations, \(layer.reason)"
      )
    }
    try compareResults(of: model, with: source, recorded: exported.network.trace())
  }

  /// What the network's recipe makes of both runs' outputs is the same, but for decisions within rounding.
  private func compareResults(
    of model: Model, with trace: any TensorSource, recorded: any TensorSource
  ) throws {
    let recipe = try #require(model.recipe)
    switch (try result(of: model, recipe, in: recorded), try result(of: model, recipe, in: trace)) {
    case (.segmentation(let expected), .segmentation(let found)):
      #expect(expected.labels == found.labels)
    case (.detections(let expected), .detections(let found)):
      guard case .detections(let rule) = recipe.output else { return }
      let comparison = DetectionComparison(recorded: expected, rerun: found, recipe: rule)
      #expect(expected.count > 10)
      // Faster R-CNN's recording has two overlapping boxes whose scores are 4e-7 apart, and either may go.
      let unexplained = comparison.unmatched.filter { !$0.isExplained }
      #expect(unexplained.isEmpty)
      #expect(comparison.matchedCount >= expected.count - 1)
    default: Issue.record("results of two kinds")
    }
  }

  private func result(
    of model: Model, _ recipe: NetworkRecipe, in trace: any TensorSource
  ) throws -> NetworkResult {
    let names = model.graph.traceNames
    var values: [String: Tensor] = [:]
    for id in model.graph.outputs + model.inputs {
      let name = TraceName.encode(names[id] ?? model.graph[id].name)
      values[model.graph[id].name] =
        try trace.tensor(named: "activations/" + name) ?? trace.tensor(named: "inputs/" + name)
    }
    let image = try #require(values[recipe.input.image]).shape
    let size = PreparedPicture.Size(width: image[3], height: image[2])
    return try recipe.result(
      of: values, frame: PreparedPicture.Frame(picture: size, input: size, content: size, scale: 1))
  }

  @Test(
    "ONNX Runtime computes every layer within rounding, and finds what MXNet found",
    .enabled(if: PythonProgram.onnxruntime != nil),
    arguments: ExportedNetwork.all("onnxruntime", ONNXTarget.allCases))
  func onnxruntime(_ exported: ExportedNetwork) throws {
    let python = try #require(PythonProgram.onnxruntime)
    try check(exported, by: python) { file in
      let checked = try python.run(
        """
        import sys, onnx
        onnx.checker.check_model(sys.argv[1], full_check=True)
        assert {node.domain for node in onnx.load(sys.argv[1]).graph.node} == {""}
        """, file)
      #expect(checked.status == 0, "\(checked.output)")
    }
  }

  @Test(
    "where suppression lowers scores, the file's own detections are those that its heads lead to",
    .enabled(if: PythonProgram.onnxruntime != nil),
    arguments: ExportedNetwork.all("onnxruntime", ONNXTarget.allCases).filter {
      $0.network.name.hasPrefix("fpn")
    })
  func softDetections(_ exported: ExportedNetwork) throws {
    let python = try #require(PythonProgram.onnxruntime)
    let scratch = try Scratch()
    let (file, path) = (scratch.path("network.onnx"), scratch.path("outputs.npz"))
    let model = try exported.network.model()
    try model.export(
      as: .onnx, to: file, PackOptions(isDurable: false, replaces: false, threads: Threads(2)),
      onnx: ONNXExport(target: exported.target, addsDetections: true))
    let run = try python.run(
      """
      import sys, numpy, onnxruntime
      session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
      recorded = numpy.load(sys.argv[2])
      feeds = {one.name: recorded["inputs/" + one.name] for one in session.get_inputs()}
      names = [one.name for one in session.get_outputs()]
      arrays = {"activations/" + name: one for name, one in zip(names, session.run(names, feeds))}
      arrays.update(("inputs/" + name, one) for name, one in feeds.items())
      numpy.savez(sys.argv[3], **arrays)
      """, file, try exported.network.tracePath(), path)
    try #require(run.status == 0, "\(run.output)")
    let outputs = try TensorFiles.open(path: path)
    let recipe = try #require(model.recipe)
    guard case .detections(let expected) = try result(of: model, recipe, in: outputs) else {
      Issue.record("no detector")
      return
    }
    let found = try Model.detectionNames.map { name in
      try #require(try outputs.tensor(named: "activations/" + name)).converted(to: Double.self)
    }
    #expect(expected.count > 50)
    try #require(found[1].count == expected.count)
    for (place, detection) in expected.enumerated() {
      // Boxes and scores are of fp32 there.
      #expect(Int(found[2][place]) == detection.classIndex)
      #expect(abs(found[1][place] - detection.score) < 1e-6)
      for (side, corner) in detection.box.corners.enumerated() {
        #expect(abs(found[0][4 * place + side] - corner) < 1e-3)
      }
    }
  }

  @Test(
    "read and written again it is the same model, types and all, and then the same bytes",
    arguments: ExportedNetwork.all("none", ONNXTarget.allCases))
  func writtenAgain(_ exported: ExportedNetwork) throws {
    let scratch = try Scratch()
    let options = PackOptions(isDurable: false, replaces: false, threads: Threads(2))
    let onnx = ONNXExport(target: exported.target)
    var models = [try exported.network.model()]
    let paths = (0..<3).map { scratch.path("\($0).onnx") }
    for path in paths {
      try models[models.count - 1].export(as: .onnx, to: path, options, onnx: onnx)
      models.append(try openModel(path: path).model)
    }
    let (first, second) = (models[1], models[2])
    #expect(ModelDifference(first, second, threads: Threads(2)).isEmpty)
    #expect(first.graph.nodes.map(\.name) == second.graph.nodes.map(\.name))
    #expect(first.graph.values.map(\.name) == second.graph.values.map(\.name))
    #expect(first.graph.values.map(\.declaredType) == second.graph.values.map(\.declaredType))
    #expect(first.provenance.metadata == second.provenance.metadata)
    #expect(first.recipe == second.recipe)
    let bytes = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    #expect(bytes[1] == bytes[2])
  }

  @Test(
    "MXNet computes the same bits of what is written as of what was read",
    .enabled(if: PythonProgram.mxnet != nil), arguments: RecordedNetwork.all)
  func mxnet(_ network: RecordedNetwork) throws {
    let python = try #require(PythonProgram.mxnet)
    let operators = try #require(Repository.golden).appending(path: "scripts/custom_ops.py").path
    let scratch = try Scratch()
    let model = try network.model()
    let options = PackOptions(isDurable: false, replaces: false, threads: Threads(2))
    try model.export(as: .symbol, to: scratch.path("written-symbol.json"), options)
    try model.export(as: .parameters, to: scratch.path("written-0000.params"), options)
    let stems = [try network.stem(), scratch.path("written")]
    let traces = try stems.enumerated().map { number, stem in
      let path = scratch.path("\(number).npz")
      let recording = try python.record(
        "record_mxnet.py", stem + "-0000.params", "--symbol", stem + "-symbol.json", "--import", operators,
        "--input", network.tracePath(), "-o", path)
      try #require(recording.status == 0, "\(recording.output)")
      return try RecordedArrays(URL(fileURLWithPath: path))
    }
    let names = traces[0].names.filter { $0.hasPrefix("activations/") }
    #expect(names == traces[1].names.filter { $0.hasPrefix("activations/") })
    #expect(names.count > 300)
    let differing = try names.filter { try traces[0][$0].bytes != traces[1][$0].bytes }
    #expect(differing.isEmpty)
  }

  @Test(
    "OpenVINO in fp32 computes every layer of the portable form within rounding, and finds what MXNet found",
    .enabled(if: PythonProgram.openvino != nil), arguments: ExportedNetwork.all("openvino", [.portable]))
  func openvino(_ exported: ExportedNetwork) throws {
    try check(exported, by: #require(PythonProgram.openvino))
  }
}
