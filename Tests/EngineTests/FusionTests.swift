import Engine
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Fused layers")
struct FusionTests {
  /// A residual block whose shortcut is a convolution too, a deformable one behind it, narrow groups, and a
  /// fully connected layer with a ReLU.
  private struct Network {
    var model = Model(provenance: Provenance())
    private var random = SeededGenerator(seed: 5)
    /// By the node's name.
    private(set) var values: [String: Graph.ValueID] = [:]

    init() {
      values["data"] = model.graph.addVariable("data")
      convolution("shortcut", of: "data", filters: 40, size: 1)
      normalization("shortcut_bn", of: "shortcut", 40)
      convolution("a", of: "data", filters: 6, size: 3, hasBias: true)
      normalization("a_bn", of: "a", 6)
      relu("a_relu", of: "a_bn")
      convolution("b", of: "a_relu", filters: 40, size: 1)
      normalization("b_bn", of: "b", 40)
      node("sum", Binary(.add, broadcasts: false), ["shortcut_bn", "b_bn"])
      relu("block", of: "sum")
      convolution("offset", of: "block", filters: 18, size: 3, hasBias: true)
      let deformable = DeformableConvolution(
        geometry: Self.window(3), filters: 8, hasBias: false, hasMask: false, border: .closed)
      parameter("deformable_weight", [8, 40, 3, 3])
      node("deformable", deformable, ["block", "offset", "deformable_weight"])
      normalization("deformable_bn", of: "deformable", 8)
      relu("deformed", of: "deformable_bn")
      convolution("narrow", of: "deformed", filters: 8, size: 3, groups: 4)
      normalization("narrow_bn", of: "narrow", 8)
      node("narrow_sum", AddN(count: 2), ["narrow_bn", "deformed"])
      relu("narrowed", of: "narrow_sum")
      parameter("dense_weight", [5, 8 * 8 * 10])
      parameter("dense_bias", [5])
      node("dense", FullyConnected(units: 5, hasBias: true), ["narrowed", "dense_weight", "dense_bias"])
      relu("dense_relu", of: "dense")
      model.graph.setOutputs(["dense_relu", "narrowed"].compactMap { values[$0] })
    }

    static func window(_ size: Int) -> ConvolutionGeometry {
      ConvolutionGeometry(
        kernel: [size, size], stride: [1, 1], dilation: [1, 1], padBegin: [size / 2, size / 2],
        padEnd: [size / 2, size / 2])
    }

    private mutating func node(_ name: String, _ operation: any Operator, _ inputs: [String]) {
      let output = model.graph.addNode(
        name, operation, inputs: inputs.map { values[$0] }, outputNames: [name + "_output"])
      values[name] = output[0]
    }

    private mutating func parameter(_ name: String, _ shape: Shape, in range: ClosedRange<Float>? = nil) {
      let numbers = (0..<shape.count).map { _ in
        range.map { Float.random(in: $0, using: &random) } ?? 0.3 * random.normal()
      }
      model.tensors[name] = Tensor(numbers, shape: shape)
      values[name] = model.graph.addVariable(name, tensor: name)
    }

    private mutating func convolution(
      _ name: String, of data: String, filters: Int, size: Int, groups: Int = 1, hasBias: Bool = false
    ) {
      let channels = ["data": 3, "a_relu": 6, "block": 40, "deformed": 8][data] ?? 0
      parameter(name + "_weight", [filters, channels / groups, size, size])
      if hasBias { parameter(name + "_bias", [filters]) }
      node(
        name,
        Convolution(geometry: Self.window(size), groups: groups, filters: filters, hasBias: hasBias),
        [data, name + "_weight"] + (hasBias ? [name + "_bias"] : []))
    }

    private mutating func normalization(_ name: String, of data: String, _ channels: Int) {
      let parameters = ["gamma", "beta", "mean", "variance"].map { "\(name)_\($0)" }
      for parameter in parameters.dropLast() { self.parameter(parameter, [channels]) }
      parameter(parameters[3], [channels], in: 0.5...2)
      node(name, BatchNorm(epsilon: 1e-5, fixGamma: false), [data] + parameters)
    }

    private mutating func relu(_ name: String, of data: String) { node(name, Activation(.relu), [data]) }

    /// The outputs of a run, what was recorded, and how many steps it took.
    func run<T: EvaluationLane>(
      as type: T.Type, fuses: Bool, recording names: [String] = [], threads: Int = 1,
      kernels: KernelModule = InstructionSet.chosen.kernels
    ) throws -> (outputs: [Tensor], recorded: [Graph.ValueID: Tensor], steps: Int) {
      var random = SeededGenerator(seed: 9)
      let shape: Shape = [2, 3, 8, 10]
      let input = Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
      let data = model.inputs[0]
      let plan = try Plan<T>(
        model, inputs: [data: ValueType(input)], recording: Set(names.compactMap { values[$0] }),
        fuses: fuses, in: EvaluationContext(kernels: kernels))
      var recorded: [Graph.ValueID: Tensor] = [:]
      var steps = 0
      let outputs = try plan.run([data: input], in: Workspace(plan, threads: Threads(threads))) {
        recorded[$0] = $1
      } progress: {
        steps = max(steps, $1)
      }
      return (outputs, recorded, steps)
    }
  }

  private static func largestDifference(_ a: [Tensor], _ b: [Tensor]) -> Double {
    zip(a, b).flatMap { zip($0.converted(to: Double.self), $1.converted(to: Double.self)) }
      .map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
  }

  @Test("fused layers give what the layers give one by one, on every instruction set")
  func values() throws {
    let network = Network()
    let exact = try network.run(as: Double.self, fuses: false)
    // The values are of size 1 to 100, and no sum has more than 640 terms: 640 roundings of either kind.
    for set in InstructionSet.available {
      let double = try network.run(as: Double.self, fuses: true, kernels: set.kernels)
      let float = try network.run(as: Float.self, fuses: true, kernels: set.kernels)
      #expect(Self.largestDifference(double.outputs, exact.outputs) < 640 * 0x1p-53, "\(set)")
      #expect(Self.largestDifference(float.outputs, exact.outputs) < 640 * 0x1p-24, "\(set)")
    }
  }

  @Test("a step takes a layer with all that follows it element by element")
  func steps() throws {
    let network = Network()
    // 19 nodes become shortcut, a, b, offset, deformable, narrow and dense; permutations are the same.
    let separate = try network.run(as: Float.self, fuses: false).steps
    let fused = try network.run(as: Float.self, fuses: true).steps
    #expect(separate - fused == 12)
  }

  @Test("what is recorded is computed as it stands in the graph")
  func recording() throws {
    let network = Network()
    let names = ["a", "b_bn", "sum", "deformable_bn", "dense"]
    let fused = try network.run(as: Float.self, fuses: true, recording: names).recorded
    let separate = try network.run(as: Float.self, fuses: false, recording: names).recorded
    #expect(fused.count == names.count)
    for name in names {
      let id = try #require(network.values[name])
      let (a, b) = (try #require(fused[id]), try #require(separate[id]))
      #expect(Self.largestDifference([a], [b]) < 640 * 0x1p-24, "\(name)")
    }
    // Everything recorded, nothing is fused: the same bits.
    let all = Array(network.values.keys)
    let whole = try network.run(as: Float.self, fuses: true, recording: all)
    let plain = try network.run(as: Float.self, fuses: false, recording: all)
    #expect(whole.steps == plain.steps)
    for (id, tensor) in whole.recorded {
      #expect(tensor.elements(as: Float.self) == plain.recorded[id]?.elements(as: Float.self))
    }
  }

  @Test("fused layers are the same bits for any number of threads, on every instruction set")
  func threads() throws {
    let network = Network()
    for set in InstructionSet.available {
      func bits(_ threads: Int) throws -> [[UInt32]] {
        try network.run(as: Float.self, fuses: true, threads: threads, kernels: set.kernels).outputs.map {
          $0.elements(as: Float.self).map(\.bitPattern)
        }
      }
      let expected = try bits(1)
      for threads in 2...4 { #expect(try bits(threads) == expected, "\(set)") }
    }
  }
}
