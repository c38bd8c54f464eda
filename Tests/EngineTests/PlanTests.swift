import Engine
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Plans")
struct PlanTests {
  /// A residual block, a pooling, and a fully connected layer behind it.
  static func model(seed: UInt64 = 7) -> Model {
    var random = SeededGenerator(seed: seed)
    var model = Model(provenance: Provenance())
    func window(_ size: Int, stride: Int = 1, pad: Int = 0) -> ConvolutionGeometry {
      ConvolutionGeometry(
        kernel: [size, size], stride: [stride, stride], dilation: [1, 1], padBegin: [pad, pad],
        padEnd: [pad, pad])
    }
    func weight(_ name: String, _ shape: Shape) -> Graph.ValueID {
      model.tensors[name] = Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
      return model.graph.addVariable(name, tensor: name)
    }
    func node(_ name: String, _ operation: any Operator, _ inputs: [Graph.ValueID]) -> Graph.ValueID {
      model.graph.addNode(name, operation, inputs: inputs, outputNames: [name + "_output"])[0]
    }
    let data = model.graph.addVariable("data")
    let first = node(
      "conv1", Convolution(geometry: window(3, pad: 1), filters: 6, hasBias: true),
      [data, weight("w1", [6, 3, 3, 3]), weight("b1", [6])])
    let normal = node(
      "bn", BatchNorm(epsilon: 1e-5, fixGamma: false),
      [first, weight("gamma", [6]), weight("beta", [6]), weight("mean", [6]), weight("one", [6])])
    let active = node("relu", Activation(.relu), [normal])
    let second = node(
      "conv2", Convolution(geometry: window(1), groups: 2, filters: 6, hasBias: false),
      [active, weight("w2", [6, 3, 1, 1])])
    let sum = node("sum", Binary(.add, broadcasts: false), [second, first])
    let pool = node("pool", Pooling(.max, geometry: window(2, stride: 2)), [sum])
    let dense = node(
      "fc", FullyConnected(units: 5, hasBias: true),
      [pool, weight("w3", [5, 6 * 4 * 5]), weight("b3", [5])])
    model.tensors["one"] = Tensor((0..<6).map { _ in Float.random(in: 0.5..<2, using: &random) }, shape: [6])
    model.graph.setOutputs([dense, sum])
    return model
  }

  static let shape: Shape = [2, 3, 8, 10]

  static func input(seed: UInt64 = 11) -> Tensor {
    var random = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
  }

  static func plan<T: EvaluationLane>(
    _ model: Model, as type: T.Type, recording: Set<Graph.ValueID> = [],
    context: EvaluationContext = EvaluationContext()
  ) throws -> Plan<T> {
    let types = Dictionary(
      uniqueKeysWithValues: model.inputs.map { ($0, ValueType(.float32, PartialShape(shape))) })
    return try Plan<T>(model, inputs: types, recording: recording, in: context)
  }

  @Test("every value equals what its node gives alone on the same inputs")
  func nodes() throws {
    let model = Self.model()
    let computed = Set(model.graph.nodes.flatMap(\.outputs))
    let plan = try Self.plan(model, as: Double.self, recording: computed)
    var values: [Graph.ValueID: Tensor] = [:]
    for id in model.graph.variables {
      values[id] = model.graph[id].tensor.map { model.tensors[$0] } ?? Self.input()
    }
    var recorded: [Graph.ValueID: Tensor] = [:]
    let outputs = try plan.run([model.inputs[0]: Self.input()], in: Workspace(plan)) {
      #expect(recorded[$0] == nil)
      recorded[$0] = $1
    }
    for node in model.graph.nodes {
      let operation = try #require(node.operation as? any Operator)
      let result = try operation.evaluate(node.inputs.map { $0.flatMap { values[$0] } }, as: Double.self)
      for (id, tensor) in zip(node.outputs, result) {
        values[id] = tensor
        let found = try #require(recorded[id])
        #expect(found.shape == tensor.shape)
        let worst =
          zip(found.elements(as: Double.self), tensor.elements(as: Double.self))
          .map { abs($0 - $1) }.max() ?? 1
        // Weights of the fully connected layer are summed in another order.
        #expect(worst < 1e-12, "\(node.name)")
      }
    }
    #expect(recorded.count == computed.count)
    for (id, tensor) in zip(model.graph.outputs, outputs) {
      #expect(tensor.elements(as: Double.self) == recorded[id]?.elements(as: Double.self))
    }
  }

  @Test("results are the same bits for any number of threads and in a used workspace")
  func threads() throws {
    let model = Self.model()
    let plan = try Self.plan(model, as: Float.self)
    func bits(_ tensors: [Tensor]) -> [[UInt32]] {
      tensors.map { $0.elements(as: Float.self).map(\.bitPattern) }
    }
    let expected = bits(try plan.run([model.inputs[0]: Self.input()]))
    for threads in 2...4 {
      let workspace = Workspace(plan, threads: Threads(threads))
      _ = try plan.run([model.inputs[0]: Self.input(seed: 3)], in: workspace)
      #expect(bits(try plan.run([model.inputs[0]: Self.input()], in: workspace)) == expected)
    }
  }

  @Test("values that nobody needs any more give their memory to later ones")
  func reuse() throws {
    var model = Model(provenance: Provenance())
    var value = model.graph.addVariable("data")
    for index in 0..<20 {
      value =
        model.graph.addNode(
          "relu\(index)", Activation(.relu), inputs: [value], outputNames: ["relu\(index)_output"])[0]
    }
    model.graph.setOutputs([value])
    let plan = try Self.plan(model, as: Float.self)
    #expect(plan.arenaByteCount == 2 * Self.shape.count * 4)
    #expect(plan.leastByteCount == plan.arenaByteCount)
  }

  @Test("operators that cannot be run are named, all of them, before anything is computed")
  func unknown() throws {
    var model = Self.model()
    for name in ["Mystery", "Riddle"] {
      let value = model.graph.addNode(
        "node of \(name)", OpaqueOperation(name: name, attributes: [:]), inputs: [model.graph.outputs[0]],
        outputNames: [name])
      model.graph.setOutputs(model.graph.outputs + value)
    }
    let error = #expect(throws: EngineError.self) { try Self.plan(model, as: Float.self) }
    #expect(error?.description.contains("Mystery, Riddle") == true)
  }

  @Test("a shape that does not fit is an error that names the node")
  func shapes() throws {
    let model = Self.model()
    let error = #expect(throws: EngineError.self) {
      try Plan<Float>(model, inputs: [model.inputs[0]: ValueType(.float32, PartialShape([2, 4, 8, 10]))])
    }
    #expect(error?.description.contains("conv1") == true)
    let plan = try Self.plan(model, as: Float.self)
    #expect(throws: EngineError.self) { try plan.run([:]) }
    let other = Tensor([Float](repeating: 0, count: 3), shape: [3])
    #expect(throws: EngineError.self) { try plan.run([model.inputs[0]: other]) }
  }

  @Test("weights may be inputs: an operator alone is a model")
  func fedWeights() throws {
    var model = Model(provenance: Provenance())
    let ids = ["data", "weight"].map { model.graph.addVariable($0) }
    let convolution = Convolution(
      geometry: ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [0, 0], padEnd: [0, 0]), filters: 4,
      hasBias: false)
    model.graph.setOutputs(
      model.graph.addNode("conv", convolution, inputs: ids, outputNames: ["conv_output"]))
    let weight = Tensor((0..<108).map { Float($0 % 7) - 3 }, shape: [4, 3, 3, 3])
    let plan = try Plan<Float>(
      model, inputs: [ids[0]: ValueType(.float32, PartialShape(Self.shape)), ids[1]: ValueType(weight)])
    let result = try plan.run([ids[0]: Self.input(), ids[1]: weight])[0]
    let alone = try convolution.evaluate([Self.input(), weight], as: Float.self)[0]
    #expect(result.elements(as: Float.self) == alone.elements(as: Float.self))
  }
}
