internal import ArgumentParser
internal import Bytes
internal import Formats
internal import Graphs
internal import OrderedCollections
internal import Tensors
internal import Toolkit

/// Which computed values of a graph are recorded.
struct RecordedSelection {
  let values: Set<Graph.ValueID>

  /// - Parameter patterns: of names as a trace has them; none takes all.
  /// - Throws: `ValidationError` where a pattern fits nothing.
  init(_ patterns: [String], of graph: Graph, isWanted: Bool) throws {
    guard isWanted else {
      values = []
      return
    }
    let names = graph.traceNames
    var values: Set<Graph.ValueID> = []
    let computed = graph.nodes.flatMap(\.outputs).filter { names[$0] != nil }
    for pattern in patterns.isEmpty ? ["*"] : patterns {
      let glob = Glob(pattern)
      let fitting = computed.filter { glob.matches(names[$0] ?? graph[$0].name) }
      guard !fitting.isEmpty else {
        throw ValidationError("no value's name fits '\(pattern)' (inspect --nodes lists them)")
      }
      values.formUnion(fitting)
    }
    self.values = values
  }
}

/// Writes a trace (Schemas/trace.md) as a run goes.
final class TraceRecorder {
  private let sink: any TensorSink
  private let names: [Graph.ValueID: String]
  /// Values written so far.
  private(set) var count = 0

  init(
    path: String, _ selection: RecordedSelection, of model: Model, precision: RunPrecision, replaces: Bool
  ) throws {
    names = model.graph.traceNames
    var metadata: JSONObject = [
      "framework": "dcnconv", "version": .text(DCNConv.version), "device": "cpu",
      "precision": precision == .float ? "fp32" : "fp64",
    ]
    if let network = model.network?.name { metadata["network"] = .text(network) }
    sink = try TensorFiles.create(path: path, metadata: metadata, replaces: replaces)
  }

  func write(inputs: OrderedDictionary<String, Tensor>) throws {
    for (name, tensor) in inputs { try sink.write(tensor, named: "inputs/" + TraceName.encode(name)) }
  }

  func write(_ tensor: Tensor, of id: Graph.ValueID) throws {
    try sink.write(tensor, named: "activations/" + TraceName.encode(names[id] ?? "\(id.index)"))
    count += 1
  }

  func finish() throws { try sink.finish() }
}
