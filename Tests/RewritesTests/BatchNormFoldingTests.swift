import Engine
import Graphs
import Operators
import OrderedCollections
import Rewrites
import Tensors
import TestSupport
import Testing

@Suite("Folding batch normalisation")
struct BatchNormFoldingTests {
  /// A convolution with a normalisation behind it, and what a test makes of them.
  private struct Network {
    var model = Model(provenance: Provenance())
    var random = SeededGenerator(seed: 11)
    let data: Graph.ValueID

    init() { data = model.graph.addVariable("data", type: ValueType(.float32, PartialShape([1, 3, 6, 5]))) }

    mutating func weight(_ name: String, _ shape: Shape, positive: Bool = false) -> Graph.ValueID {
      let numbers = (0..<shape.count).map { _ in random.normal() }
      model.tensors["arg:" + name] = Tensor(positive ? numbers.map { $0 * $0 + 0.1 } : numbers, shape: shape)
      return model.graph.addVariable(name, tensor: "arg:" + name)
    }

    mutating func convolution(
      _ name: String, of input: Graph.ValueID, weight: Graph.ValueID? = nil, hasBias: Bool
    ) -> Graph.ValueID {
      let geometry = ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1])
      let weight = weight ?? self.weight(name + "_weight", [3, 3, 3, 3])
      let bias = hasBias ? [self.weight(name + "_bias", [3])] : []
      return model.graph.addNode(
        name, Convolution(geometry: geometry, filters: 3, hasBias: hasBias), inputs: [input, weight] + bias,
        outputNames: [name + "_output"])[0]
    }

    mutating func norm(_ name: String, of input: Graph.ValueID, fixGamma: Bool = false) -> Graph.ValueID {
      let inputs = [
        input, weight(name + "_gamma", [3]), weight(name + "_beta", [3]), weight(name + "_mean", [3]),
        weight(name + "_var", [3], positive: true),
      ]
      return model.graph.addNode(
        name, BatchNorm(epsilon: 1e-3, fixGamma: fixGamma), inputs: inputs, outputNames: [name + "_output"])[
          0]
    }
  }

  private func outputs(_ model: Model) throws -> [Tensor] {
    var random = SeededGenerator(seed: 3)
    let shape: Shape = [1, 3, 6, 5]
    let data = Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
    let id = try #require(model.inputs.first)
    let plan = try Plan<Double>(model, inputs: [id: ValueType(data)])
    return try plan.run([id: data])
  }

  @Test("the same numbers within fp32 weights' rounding, names kept", arguments: [false, true])
  func folded(hasBias: Bool) throws {
    var network = Network()
    let first = network.convolution("conv1", of: network.data, hasBias: hasBias)
    let normal = network.norm("bn1", of: first, fixGamma: hasBias)
    let second = network.convolution("conv2", of: normal, hasBias: hasBias)
    network.model.graph.setOutputs([network.norm("bn2", of: second)])
    let folded = network.model.foldingBatchNorms()
    #expect(folded.graph.nodes.map(\.name) == ["conv1", "conv2"])
    #expect(
      folded.graph.nodes.flatMap(\.outputs).map { folded.graph[$0].name } == ["bn1_output", "bn2_output"])
    let names = Set(folded.graph.variables.map { folded.graph[$0].name })
    #expect(names == ["data", "conv1_weight", "conv1_bias", "conv2_weight", "conv2_bias"])
    let (before, after) = (try outputs(network.model)[0], try outputs(folded)[0])
    let wanted = before.converted(to: Double.self)
    let scale = wanted.map(abs).max() ?? 1
    // Each weight is rounded once to fp32: 2^-24 of 27 products twice, with room for the sums' cancellation.
    for (a, b) in zip(wanted, after.converted(to: Double.self)) { #expect(abs(a - b) < 1e-5 * scale) }
    #expect(wanted != after.converted(to: Double.self))
  }

  @Test("it stays where the convolution's result or weights serve others, or there is no convolution")
  func kept() throws {
    var network = Network()
    let first = network.convolution("conv1", of: network.data, hasBias: false)
    let shared = network.weight("shared", [3, 3, 3, 3])
    let a = network.norm("a", of: network.convolution("conv2", of: first, weight: shared, hasBias: false))
    let b = network.norm("b", of: network.convolution("conv3", of: first, weight: shared, hasBias: false))
    let given = network.convolution("conv4", of: first, hasBias: false)
    let c = network.norm("c", of: given)
    let d = network.norm("d", of: network.data)
    network.model.graph.setOutputs([a, b, given, c, d])
    let folded = network.model.foldingBatchNorms()
    #expect(folded.graph.nodes.count == network.model.graph.nodes.count)
    #expect(
      folded.tensors["arg:shared"]?.converted(to: Float.self)
        == network.model.tensors["arg:shared"]?.converted(to: Float.self))
  }
}
