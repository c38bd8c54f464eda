import Engine
import Formats
import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// A graph of a recording.
struct RecordedGraph: Sendable, CustomTestStringConvertible {
  let graphs: RecordedGraphs
  let name: String
  var testDescription: String { name }

  static func all(_ graphs: RecordedGraphs?) -> [RecordedGraph] {
    graphs.map { graphs in graphs.names.map { RecordedGraph(graphs: graphs, name: $0) } } ?? []
  }
}

@Suite("ONNX graphs against ONNX Runtime's recorded values")
struct ONNXOperatorTests {
  static let operators = RecordedGraph.all(.operators)
  static let rare = RecordedGraph.all(.rare)
  static let torchvision = RecordedGraph.all(.torchvision)

  @Test("every operator and operator set of the recordings is there")
  func complete() {
    #expect(Self.operators.count > 600)
    #expect(Self.rare.count > 130)
    #expect(Self.torchvision.map(\.name) == ["classifier", "segmenter"])
  }

  @Test(
    "each value is within six deviations of its rerun in fp64 on the recorded inputs",
    arguments: operators + rare + torchvision)
  func layers(_ recorded: RecordedGraph) throws {
    let model = try recorded.graphs.model(recorded.name)
    let unknown = model.graph.nodes.filter { $0.operation is OpaqueOperation }.map(\.operation.name)
    #expect(unknown == [])
    let trace = try recorded.graphs.trace(recorded.name)
    let reports = try TraceVerifier(model, against: trace, TraceVerifier.Options()).judge()
    #expect(!reports.isEmpty)
    for layer in reports where layer.reason != "it has no elements" {
      #expect(
        layer.verdict <= .rounding,
        "\(layer.name) (\(layer.operatorName)) \(layer.verdict): \(layer.reason) \(layer.statistics.maximumErrorToSigma)σ, \(layer.statistics.maximumError)"
      )
    }
  }

  @Test(
    "the engine runs the graph to the recorded outputs, in fp32", arguments: operators + rare + torchvision)
  func run(_ recorded: RecordedGraph) throws {
    let model = try recorded.graphs.model(recorded.name)
    let fed = try recorded.graphs.inputs(recorded.name)
    var inputs: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs { inputs[id] = fed[model.graph[id].name] }
    let types = inputs.mapValues { ValueType($0) }
    try check(model, types, inputs, recorded)
  }

  private func check(
    _ model: Model, _ types: [Graph.ValueID: ValueType], _ inputs: [Graph.ValueID: Tensor],
    _ recorded: RecordedGraph
  ) throws {
    let plan = try Plan<Float>(model, inputs: types)
    let needed = inputs.filter { id, _ in plan.inputs.contains { $0.id == id } }
    let outputs = try plan.run(needed, threads: Threads(2))
    let values = try recorded.graphs.activations(recorded.name)
    #expect(outputs.count == model.graph.outputs.count)
    for (id, output) in zip(model.graph.outputs, outputs) {
      let expected = try #require(values[TraceName.encode(model.graph[id].name)])
      #expect(output.shape == expected.shape)
      let (found, wanted) = (output.converted(to: Double.self), expected.converted(to: Double.self))
      let scale = wanted.map(abs).max() ?? 0
      // Errors add up along the graph: the layers have their own bounds above.
      let allowance = expected.elementType.isFloatingPoint ? 2e-5 * max(scale, 1e-3) : 0
      let worst = zip(found, wanted).map { abs($0 - $1) }.max() ?? 0
      #expect(worst <= allowance, "\(model.graph[id].name): \(worst) of \(scale)")
    }
  }
}
