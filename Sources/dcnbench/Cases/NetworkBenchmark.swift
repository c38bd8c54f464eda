internal import Bytes
internal import Engine
internal import Formats
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors
internal import Toolkit

/// A whole Deformable R-FCN on ResNet-101 at 600×1000, from the input tensor to scores and boxes, weights untrained.
///
/// The yardstick is OpenBLAS's sgemm: the time in which it would do as many operations at the speed of L1's product.
/// `network-layers` is where the time goes, a line for each kind of step.
enum NetworkBenchmark: Benchmark {
  static let names = ["network", "network-layers"]

  private static let (height, width) = (600, 1000)

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    // With the proposals in C++: MXNet runs it without the release's own Python operators.
    let network = try SyntheticNetwork("rfcn_dcn_coco_cxx", height: height, width: width)
    let inputs = SyntheticNetwork.inputs(height: height, width: width)
    if name == "network-layers" {
      return try settings.threads.flatMap { try layers(network.model, inputs, threads: $0, settings) }
    }
    let gigaflop = try network.gigaflop
    let yardstick = MatrixYardstick(rows: 512, depth: 512 * 9, columns: 38 * 63)
    let folder = try TemporaryFolder(in: settings.temporaryFolder)
    let facts = settings.peers.areNamed ? try facts(network, folder) : nil
    return try settings.threads.map { threads in
      let session = try Session<Float>(network.model, threads: Threads(threads))
      let contenders = [
        Contender("network", timing: { _ = try session.run(inputs) }),
        Contender("sgemm", timing: { yardstick.run(threads: threads) }),
      ]
      var times = try settings.race(
        contenders + (facts.map { try settings.peers($0, threads: threads) } ?? []))
      times[1].milliseconds *= gigaflop / yardstick.gigaflop
      var measurement = Measurement(
        name: name, shape: shape, threads: threads, milliseconds: times[0].milliseconds)
      measurement.gigaflop = gigaflop
      measurement.peakByteCount = session.arenaByteCount
      measurement.leastByteCount = session.leastByteCount
      measurement.peers = Array(times[1...])
      return measurement
    }
  }

  private static var shape: String { "[1, 3, \(height), \(width)]" }

  /// The network as files that other frameworks read: MXNet's, and our export for ONNX Runtime.
  private static func facts(_ network: SyntheticNetwork, _ folder: TemporaryFolder) throws -> JSONObject {
    let (symbol, params) = (folder.path("network-symbol.json"), folder.path("network-0000.params"))
    try network.write(to: params)
    let onnx = folder.path("network.onnx")
    let model = network.model
    let size = ["data": PartialShape([1, 3, height, width]), "im_info": PartialShape([1, 3])]
    try model.export(
      as: .onnx, to: onnx, PackOptions(isDurable: false, replaces: true, threads: .available),
      onnx: ONNXExport(shapes: size.sorted { $0.key < $1.key }.map { (name: $0.key, shape: $0.value) }))
    let file = try AtomicFile(path: symbol, durable: false)
    let text = Array(try SymbolWriter.text(of: network.graph, file: symbol).utf8)
    // SAFETY: an array of bytes has no padding.
    try unsafe file.write(text.span.bytes, at: 0)
    try file.commit()
    return [
      "operator": "network", "onnx": .text(onnx), "symbol": .text(symbol), "params": .text(params),
      "data": .list([1, 3, height, width].map { .integer($0) }),
      "im_info": .list([.integer(height), .integer(width), 1]),
    ]
  }

  /// The time of every kind of step, the longest first: medians of the steps, summed over those of a kind.
  private static func layers(
    _ model: Model, _ inputs: OrderedDictionary<String, Tensor>, threads: Int, _ settings: BenchmarkSettings
  ) throws -> [Measurement] {
    let fed = Dictionary(
      uniqueKeysWithValues: model.inputs.compactMap { id in inputs[model.graph[id].name].map { (id, $0) } })
    let plan = try Plan<Float>(model, inputs: fed.mapValues { ValueType($0) })
    let workspace = Workspace(plan, threads: Threads(threads))
    let kinds = plan.stepNodes.map { kind(of: $0, in: plan.graph) }
    var times: [[Double]] = kinds.map { _ in [] }
    for run in 0...settings.repetitions {
      var start = ContinuousClock.now
      _ = try plan.run(fed, in: workspace) { _, _ in
      } progress: { done, _ in
        if run > 0, times.indices.contains(done - 1) {
          times[done - 1].append((ContinuousClock.now - start).milliseconds)
        }
        start = .now
      }
    }
    var sums: OrderedDictionary<String, (count: Int, milliseconds: Double)> = [:]
    for (kind, times) in zip(kinds, times) {
      sums[kind, default: (0, 0)].count += 1
      sums[kind, default: (0, 0)].milliseconds += times.sorted()[times.count / 2]
    }
    return sums.sorted { $0.value.milliseconds > $1.value.milliseconds }.map { kind, sum in
      Measurement(
        name: "network-layers", operatorName: kind, shape: "\(sum.count) × \(kind)", threads: threads,
        milliseconds: sum.milliseconds)
    }
  }

  private static func kind(of node: Int?, in graph: Graph) -> String {
    guard let node else { return "permutation" }
    let operation = graph.nodes[node].operation
    guard let convolution = operation as? Convolution else { return operation.name }
    let geometry = convolution.geometry
    return "Convolution \(geometry.kernel[0])×\(geometry.kernel[0]) / \(geometry.stride[0])"
  }
}
