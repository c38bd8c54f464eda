import Engine
import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("ONNX operators against ONNX Runtime's recorded values")
struct ONNXOperatorTests {
  static let names = RecordedGraphs.operators?.names ?? []

  @Test("every operator and operator set of the recording is there")
  func complete() { #expect(Self.names.count > 600) }

  @Test("each value is within six deviations of its rerun in fp64 on the recorded inputs", arguments: names)
  func layers(_ name: String) throws {
    let graphs = try #require(RecordedGraphs.operators)
    let model = try graphs.model(name)
    let unknown = model.graph.nodes.filter { $0.operation is OpaqueOperation }.map(\.operation.name)
    #expect(unknown == [])
    let reports = try TraceVerifier(model, against: graphs.trace(name), TraceVerifier.Options()).judge()
    #expect(!reports.isEmpty)
    for layer in reports {
      #expect(
        layer.verdict <= .rounding,
        "\(layer.name) (\(layer.operatorName)) \(layer.verdict): \(layer.reason) \(layer.statistics.maximumErrorToSigma)σ, \(layer.statistics.maximumError)"
      )
    }
  }

  @Test("the engine runs the graph to the recorded outputs, in fp32", arguments: names)
  func run(_ name: String) throws {
    let graphs = try #require(RecordedGraphs.operators)
    let model = try graphs.model(name)
    let fed = try graphs.inputs(name)
    var inputs: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs { inputs[id] = fed[model.graph[id].name] }
    let plan = try Plan<Float>(model, inputs: inputs.mapValues { ValueType($0) })
    let needed = inputs.filter { id, _ in plan.inputs.contains { $0.id == id } }
    let outputs = try plan.run(needed, threads: Threads(2))
    let recorded = try graphs.activations(name)
    #expect(outputs.count == model.graph.outputs.count)
    for (id, output) in zip(model.graph.outputs, outputs) {
      let expected = try #require(recorded[model.graph[id].name])
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
