import Formats
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

/// A framework that is our own engine on a model of its own, and that counts what it is asked for.
private final class FakeFramework {
  let model: Model
  let inputs: [String: Tensor]
  private(set) var asked: [[String]] = []

  init(_ model: Model, _ inputs: [String: Tensor]) {
    self.model = model
    self.inputs = inputs
  }

  func record(_ values: [String]) throws -> any TensorSource {
    asked.append(values)
    var source = MemorySource()
    var computed: [Graph.ValueID: Tensor] = [:]
    let names = model.graph.traceNames
    for id in model.graph.variables {
      let value = model.graph[id]
      if let name = value.tensor {
        computed[id] = model.tensors[name]
      } else {
        computed[id] = inputs[value.name]
        source.tensors["inputs/\(value.name)"] = inputs[value.name]
      }
    }
    for index in model.graph.nodeOrder {
      let node = model.graph.nodes[index]
      guard let operation = node.operation as? any Operator else { continue }
      let outputs = try operation.evaluate(node.inputs.map { $0.flatMap { computed[$0] } }, as: Float.self)
      for (id, tensor) in zip(node.outputs, outputs) {
        computed[id] = tensor
        let name = names[id] ?? node.name
        if values.contains(name) { source.tensors["activations/\(name)"] = tensor }
      }
    }
    return source
  }
}

@Suite("Bisection")
struct BisectionTests {
  private static let depth = 40

  /// A chain of residual units, with a deformable layer in one of them.
  private static func network(_ alter: (inout Model, Int, inout any Operator) -> Void = { _, _, _ in })
    -> Model
  {
    var model = Model(provenance: Provenance())
    var random = SeededGenerator(seed: 5)
    var value = model.graph.addVariable("data")
    let offset = model.graph.addVariable("offset")
    for number in 0..<depth {
      let weight = Tensor((0..<4 * 4 * 9).map { _ in random.normal() * 0.1 }, shape: [4, 4, 3, 3])
      let name = "w\(number)"
      model.tensors[name] = weight
      let geometry = PlantedLayers.geometry(3, pad: 1)
      var operation: any Operator =
        number == 23
        ? DeformableConvolution(
          geometry: geometry, filters: 4, hasBias: false, hasMask: false, border: .closed)
        : Convolution(geometry: geometry, filters: 4, hasBias: false)
      alter(&model, number, &operation)
      let variable = model.graph.addVariable(name, tensor: name)
      let inputs = number == 23 ? [value, offset, variable] : [value, variable]
      let convolved = model.graph.addNode(
        "conv\(number)", operation, inputs: inputs, outputNames: ["conv\(number)_output"])[0]
      let active = model.graph.addNode(
        "relu\(number)", Activation(.relu), inputs: [convolved], outputNames: ["relu\(number)_output"])[0]
      value =
        model.graph.addNode(
          "sum\(number)", Binary(.add, broadcasts: false), inputs: [value, active],
          outputNames: ["sum\(number)_output"])[0]
    }
    model.graph.setOutputs([value])
    return model
  }

  private static let inputs: [String: Tensor] = {
    var random = SeededGenerator(seed: 6)
    return [
      "data": PlantedLayers.normal([1, 4, 8, 9], 1, &random),
      "offset": PlantedLayers.normal([1, 18, 8, 9], 1.5, &random),
    ]
  }()

  @Test("one layer of another dialect is found and named in about log₂ of the nodes' runs, a cut at a time")
  func border() throws {
    let framework = FakeFramework(
      Self.network { _, number, operation in
        guard number == 23, var one = operation as? DeformableConvolution else { return }
        one.border = .zero
        operation = one
      }, Self.inputs)
    let outcome = try Bisection(Self.network(), .init(), record: framework.record).run()
    #expect(outcome.layer?.name == "conv23_output")
    #expect(outcome.layer?.verdict == .mismatch)
    #expect(outcome.layer?.diagnosis?.contains("the zero border") == true)
    #expect(outcome.nodeCount == 3 * Self.depth)
    // The heads, then log₂ 120 = 6.9 halvings, not all in the middle.
    #expect(outcome.steps.count <= 10, "\(outcome.steps.count) runs")
    #expect(framework.asked.count == outcome.steps.count)
    #expect(framework.asked.allSatisfy { $0.count <= 3 })
  }

  @Test("changed weights are found wherever they are", arguments: [0, 17, 39])
  func weights(place: Int) throws {
    let framework = FakeFramework(
      Self.network { model, number, _ in
        guard number == place else { return }
        model.tensors["w\(number)"] = model.tensors["w\(number)"]?.map { $0 * 1.01 }
      }, Self.inputs)
    let outcome = try Bisection(Self.network(), .init(), record: framework.record).run()
    #expect(outcome.layer?.name == "conv\(place)_output")
    #expect(outcome.layer?.diagnosis?.contains("every element times 1.01") == true)
    #expect(outcome.steps.count <= 10)
  }

  @Test("a framework that computes the same is asked once")
  func same() throws {
    let framework = FakeFramework(Self.network(), Self.inputs)
    let outcome = try Bisection(Self.network(), .init(), record: framework.record).run()
    #expect(outcome.layer == nil)
    #expect(framework.asked == [["sum39_output"]])
  }
}
