import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// A recorded network's index: the shape of every value.
private struct NetworkIndex: Decodable {
  struct Activation: Decodable {
    let name: String
    let shape: [Int]
    let traceName: String
    let op: String

    enum CodingKeys: String, CodingKey {
      case name, shape, op
      case traceName = "trace_name"
    }
  }
  let activations: [Activation]
}

@Suite("Shapes of the released networks", .enabled(if: Repository.golden != nil))
struct NetworkShapeTests {
  static let networks = folders("networks")
  static let fullGraphs = files("full", suffix: "-symbol.json")
  static let symbols = files("symbols", suffix: ".json").filter { $0.contains(".v") || $0.contains("clean") }

  static func folders(_ name: String) -> [String] { files(name, suffix: "").filter { !$0.hasPrefix(".") } }

  static func files(_ name: String, suffix: String) -> [String] {
    guard let folder = Repository.golden?.appending(path: name) else { return [] }
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasSuffix(suffix) }.sorted()
  }

  @Test("there are networks to look at")
  func present() {
    #expect(Self.networks.count == 10)
    #expect(Self.fullGraphs.count >= 21)
    #expect(Self.symbols.count == 12)
  }

  private func open(_ path: String) throws -> Model {
    try FormatTable.read(path: try #require(Repository.golden).appending(path: path).path)
  }

  @Test("every value's inferred shape is the recorded one", arguments: networks)
  func recorded(_ network: String) throws {
    let model = try open("networks/\(network)/\(network)-0000.params")
    let index = try JSONDecoder().decode(
      NetworkIndex.self,
      from: Data(
        contentsOf: try #require(Repository.golden).appending(
          path: "networks/\(network)/\(network)-index.json")))
    let recorded = Dictionary(uniqueKeysWithValues: index.activations.map { ($0.traceName, $0.shape) })
    let names = model.graph.traceNames
    var given: [Graph.ValueID: ValueType] = [:]
    for id in model.inputs {
      if let shape = recorded[names[id] ?? ""] { given[id] = ValueType(.float32, PartialShape(shape)) }
    }
    let inference = try GraphInference(model, given: given)
    var seen = 0
    for (id, name) in names {
      if let shape = recorded[name] {
        #expect(inference[id].shape == PartialShape(shape), "\(name)")
        seen += 1
      }
      #expect(inference[id].elementType == .float32, "\(name)")
    }
    #expect(seen == recorded.count)
  }

  @Test("a full graph infers for its image size, without its weights", arguments: fullGraphs)
  func full(_ name: String) throws {
    let model = try open("full/\(name)")
    let graph = model.graph
    #expect(graph.nodes.allSatisfy { $0.operation is any Operator })
    // A pyramid takes only multiples of its largest stride.
    let data = name.hasPrefix("fpn") ? [1, 3, 608, 1024] : [1, 3, 600, 1000]
    let shapes = ["data": data, "im_info": [1, 3], "rois": [1, 300, 5]]
    var given: [Graph.ValueID: ValueType] = [:]
    for id in graph.variables {
      if let shape = shapes[graph[id].name] { given[id] = ValueType(.float32, PartialShape(shape)) }
    }
    let inference = try GraphInference(graph, given: given)
    for (place, value) in graph.values.enumerated() {
      #expect(inference.types[place].shape.complete != nil, "\(value.name) \(inference.types[place])")
    }
  }

  @Test("older spellings of a graph infer the same shapes", arguments: symbols)
  func spellings(_ name: String) throws {
    let network = try #require(name.split(separator: ".").first)
    let recorded = try open("networks/\(network)/\(network)-symbol.json").graph
    let older = try open("symbols/\(name)").graph
    func shapes(_ graph: Graph) throws -> [String: PartialShape] {
      var given: [Graph.ValueID: ValueType] = [:]
      for id in graph.variables where graph[id].name == "data" {
        given[id] = ValueType(.float32, PartialShape([1, 3, 128, 160]))
      }
      let inference = try GraphInference(graph, given: given)
      return Dictionary(uniqueKeysWithValues: graph.traceNames.map { ($1, inference[$0].shape) })
    }
    #expect(try shapes(older) == shapes(recorded))
  }

  @Test("with no input shape given, the weights' shapes are known and nothing wrong is", arguments: networks)
  func partial(_ network: String) throws {
    let model = try open("networks/\(network)/\(network)-0000.params")
    let inference = try GraphInference(model)
    for id in model.graph.variables where model.graph[id].tensor != nil {
      #expect(inference[id].shape.complete != nil)
    }
    for id in model.graph.values.indices.map(Graph.ValueID.init) where model.graph[id].producer != nil {
      #expect(inference[id].shape.rank != nil, "\(model.graph[id].name)")
    }
  }
}
