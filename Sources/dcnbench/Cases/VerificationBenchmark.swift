internal import Formats
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors
internal import Toolkit
internal import Verification

/// The judgement of a whole Deformable R-FCN's trace at 600×1000, which our own run recorded; page cache warm.
///
/// The yardstick is a forward run of the same network in fp32 that fuses nothing, for a trace shows every value.
enum VerificationBenchmark: Benchmark {
  static let names = ["verify-trace"]

  private static let (height, width) = (600, 1000)

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let model = try SyntheticNetwork("rfcn_dcn_coco", height: height, width: width).model
    let inputs = SyntheticNetwork.inputs(height: height, width: width)
    let names = model.graph.traceNames
    let values = Set(model.graph.nodes.flatMap(\.outputs).filter { names[$0] != nil })
    let folder = try TemporaryFolder(in: settings.temporaryFolder)
    let path = folder.path("trace.h5")
    try record(model, values, inputs, to: path)
    return try settings.threads.map { threads in
      let session = try Session<Float>(model, recording: values, threads: Threads(threads))
      let times = try settings.race([
        Contender("verify", timing: { try judge(model, path, threads: threads) }),
        Contender("unfused forward", timing: { _ = try session.run(inputs) { _, _ in } }),
      ])
      var measurement = Measurement(
        name: name, shape: "[1, 3, \(height), \(width)]", threads: threads,
        milliseconds: times[0].milliseconds)
      measurement.peers = [times[1]]
      return measurement
    }
  }

  private static func judge(_ model: Model, _ path: String, threads: Int) throws {
    let trace = try Trace(TensorFiles.open(path: path), path: path)
    let layers = try TraceVerifier(model, against: trace, .init(threads: Threads(threads))).judge()
    precondition(layers.allSatisfy { $0.verdict <= .notJudged }, "an honest run passes")
  }

  private static func record(
    _ model: Model, _ values: Set<Graph.ValueID>, _ inputs: OrderedDictionary<String, Tensor>, to path: String
  ) throws {
    let names = model.graph.traceNames
    let sink = try TensorFiles.create(path: path, replaces: true)
    for (name, tensor) in inputs { try sink.write(tensor, named: "inputs/" + TraceName.encode(name)) }
    _ = try Session<Float>(model, recording: values, threads: .available).run(inputs) { id, tensor in
      try sink.write(tensor, named: "activations/" + TraceName.encode(names[id] ?? model.graph[id].name))
    }
    try sink.finish()
  }
}
