import Bytes
import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing
import Toolkit

@Suite("The difference of two models")
struct ModelDifferenceTests {
  private static func model(
    weights: OrderedDictionary<String, Tensor>, activation: Activation.Function = .relu, extra: Bool = false
  ) -> Model {
    var graph = Graph()
    let data = graph.addVariable("data")
    var value = graph.addNode(
      "act", Activation(activation), inputs: [data], outputNames: ["act_output"])[0]
    if extra {
      value = graph.addNode("act", Activation(.tanh), inputs: [value], outputNames: ["more_output"])[0]
    }
    graph.setOutputs([value])
    return Model(graph: graph, tensors: weights, provenance: Provenance())
  }

  private static func difference(_ first: Model, _ second: Model) -> ModelDifference {
    ModelDifference(first, second, threads: Threads(2))
  }

  private static let weights: OrderedDictionary<String, Tensor> = [
    "arg:w": Tensor([1, 2.5, .nan, -4] as [Float], shape: [2, 2]),
    "aux:m": Tensor([7] as [Float], shape: [1]),
  ]

  @Test("a model is the same as itself, with MXNet's prefixes and without, in any order")
  func same() {
    let bare: OrderedDictionary<String, Tensor> = [
      "m": Self.weights["aux:m"]!, "w": Self.weights["arg:w"]!,
    ]
    let difference = Self.difference(Self.model(weights: Self.weights), Self.model(weights: bare))
    #expect(difference.isEmpty)
    #expect(difference.tensors.sameCount == 2)
    #expect(difference.graph?.sameCount == 1)
  }

  @Test("a changed attribute, and a node added under a name that is there already")
  func nodes() throws {
    let first = Self.model(weights: Self.weights)
    let changed = Self.difference(first, Self.model(weights: Self.weights, activation: .sigmoid))
    let change = try #require(changed.graph?.changed.first)
    #expect(change.attributes.map(\.name) == ["function"])
    #expect(change.attributes[0].values.first == .text("relu"))
    #expect(change.attributes[0].values.second == .text("sigmoid"))
    let longer = Self.difference(first, Self.model(weights: Self.weights, extra: true))
    #expect(longer.graph?.added.map(\.name) == ["act"])
    #expect(longer.graph?.removed.isEmpty == true)
    #expect(longer.graph?.outputs?.second == ["more_output"])
  }

  @Test("tensors: cast, changed with statistics, renamed, reshaped, removed")
  func tensors() throws {
    let half: [UInt16] = [0x3C00, 0x4100, 0x7E00, 0xC400]
    let others: OrderedDictionary<String, Tensor> = [
      "w": Tensor(half, shape: [2, 2]).reinterpreted(as: .float16),
      "moved": Self.weights["aux:m"]!,
      "new": Tensor([1, 2] as [Float], shape: [2]),
    ]
    let difference = Self.difference(
      Self.model(weights: Self.weights), Self.model(weights: others)
    ).tensors
    let change = try #require(difference.changed.first)
    guard case .cast = change.kind else {
      Issue.record("\(change.kind)")
      return
    }
    #expect(difference.renamed.map(\.first) == ["aux:m"])
    #expect(difference.renamed.map(\.second) == ["moved"])
    #expect(difference.added == ["new"])
    #expect(difference.removed.isEmpty)
  }

  @Test("the deviation counts elements that differ, and places the largest difference")
  func deviation() throws {
    let other: OrderedDictionary<String, Tensor> = [
      "arg:w": Tensor([1, 2.75, .nan, -3] as [Float], shape: [2, 2]),
      "aux:m": Tensor([7] as [Float], shape: [1, 1]),
    ]
    let changes = Self.difference(Self.model(weights: Self.weights), Self.model(weights: other)).tensors
      .changed
    guard case .values(let deviation) = changes[0].kind, case .shape = changes[1].kind else {
      Issue.record("\(changes)")
      return
    }
    #expect(deviation.count == 2)
    #expect(deviation.maximum == 1)
    #expect(deviation.position == [1, 1])
    #expect(deviation.mean == 1.25 / 3)
    #expect(deviation.relative == ((1 + 0.0625) / (1 + 6.25 + 16) as Double).squareRoot())
  }

  @Test("weights without a graph say so")
  func lacking() {
    let weights = Model(tensors: Self.weights, provenance: Provenance())
    let difference = Self.difference(Self.model(weights: Self.weights), weights)
    #expect(difference.lacksGraph == .second)
    #expect(!difference.isEmpty)
    #expect(
      difference.json(paths: ("x", "y")).written(.compact).hasPrefix(
        #"{"schema":"dcnconv-diff/1","a":"x","b":"y","same":false,"lacksGraph":"b","graph":null,"#))
  }
}
