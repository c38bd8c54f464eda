import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Layers that training gives a label")
struct LabelTests {
  @Test("a label that nobody recorded keeps no layer from being judged")
  func unrecorded() throws {
    let operation = Softmax(axis: 1, hasLabel: true)
    var generator = SeededGenerator(seed: 7)
    let data = Tensor((0..<24).map { _ in generator.normal() }, shape: [4, 6])
    var graph = Graph()
    let inputs = [graph.addVariable("data"), graph.addVariable("prob_label")]
    graph.setOutputs(graph.addNode("prob", operation, inputs: inputs, outputNames: ["prob_output"]))
    var model = Model(provenance: Provenance())
    model.graph = graph
    var source = MemorySource()
    source.tensors["inputs/data"] = data
    source.tensors["activations/prob_output"] = try operation.evaluate([data, nil], as: Float.self)[0]
    func verdict(_ source: MemorySource) throws -> Verdict {
      try TraceVerifier(model, against: Trace(source, path: "memory"), .init()).judge()[0].verdict
    }
    #expect(try verdict(source) <= .rounding)
    source.tensors["activations/prob_output"] = data
    #expect(try verdict(source) == .mismatch)
  }
}
