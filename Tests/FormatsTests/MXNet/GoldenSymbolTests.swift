import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import TestSupport
import Testing

@Suite("Recorded symbols", .enabled(if: Repository.golden != nil))
struct GoldenSymbolTests {
  private static let golden = Repository.golden ?? Repository.fixtures

  private static func files(in folder: String, ending: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: golden.path + "/" + folder)) ?? []
    return names.filter { $0.hasSuffix(ending) }.sorted().map { folder + "/" + $0 }
  }

  static let full = files(in: "full", ending: "-symbol.json")
  static let variants = files(in: "symbols", ending: ".json").filter {
    $0.contains(".attr") || $0.contains(".v0")
  }
  static let networks = files(in: "networks", ending: "")

  private func graph(_ path: String) throws -> Graph {
    try FormatTable.read(path: Self.golden.path + "/" + path).graph
  }

  private func json(_ path: String) throws -> JSONValue {
    try JSONValue(parsing: MappedFile(path: Self.golden.path + "/" + path))
  }

  @Test("there are files to test with")
  func presence() {
    #expect(Self.full.count == 21)
    #expect(Self.variants.count == 12)
    #expect(Self.networks.count == 10)
  }

  @Test(
    "every released network is read with all its nodes, in its order, and knows every operator",
    arguments: full)
  func released(path: String) throws {
    let graph = try graph(path)
    let nodes = try #require(json(path)["nodes"]?.listValue)
    let order = graph.postOrder
    #expect(order.count == nodes.count)
    for (entry, node) in zip(order, nodes) {
      switch entry {
      case .variable(let id):
        #expect(node["op"] == "null")
        #expect(node["name"]?.textValue == graph[id].name)
      case .node(let index):
        #expect(node["name"]?.textValue == graph.nodes[index].name)
        #expect(node["op"]?.textValue == graph.nodes[index].source?.op)
        #expect(graph.nodes[index].operation is any Operator, "\(graph.nodes[index].operation.name)")
      }
    }
  }

  @Test("a released network is written as MXNet writes it: nodes, edges, numbering, heads", arguments: full)
  func rewriting(path: String) throws {
    let graph = try graph(path)
    let text = try SymbolWriter.text(of: graph, file: "out")
    let written = try JSONValue(parsing: Array(text.utf8).span.bytes, file: "out")
    let recorded = try json(path)
    #expect(written.objectValue?.keys == recorded.objectValue?.keys)
    for key in ["arg_nodes", "node_row_ptr", "heads", "attrs"] {
      #expect(written[key] == recorded[key], "\(key)")
    }
    let pairs = zip(written["nodes"]?.listValue ?? [], recorded["nodes"]?.listValue ?? [])
    for (mine, theirs) in pairs {
      for key in ["op", "name", "inputs"] { #expect(mine[key] == theirs[key]) }
    }
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let copy = folder.appending(path: "copy-symbol.json").path
    try text.write(toFile: copy, atomically: false, encoding: .utf8)
    #expect(try GraphSignature(FormatTable.read(path: copy).graph) == GraphSignature(graph))
  }

  @Test("every age of a symbol gives the same graph", arguments: variants)
  func ages(path: String) throws {
    let network = try #require(path.split(separator: "/").last?.split(separator: ".").first)
    let recorded = try graph("networks/\(network)/\(network)-symbol.json")
    #expect(try GraphSignature(graph(path)) == GraphSignature(recorded))
  }

  @Test("values are named as the recorded network names its outputs", arguments: networks)
  func valueNames(path: String) throws {
    let name = try #require(path.split(separator: "/").last)
    let graph = try graph("\(path)/\(name)-symbol.json")
    let order = graph.postOrder
    let activations = try #require(json("\(path)/\(name)-index.json")["activations"]?.listValue)
    #expect(activations.count > 100)
    let traceNames = graph.traceNames
    for activation in activations {
      let number = try #require(activation["node"]?.integerValue)
      let output = try #require(activation["output"]?.integerValue)
      let id =
        switch order[number] {
        case .variable(let id): id
        case .node(let index): graph.nodes[index].outputs[output]
        }
      #expect(activation["output_name"]?.textValue == graph[id].name)
      #expect(activation["trace_name"]?.textValue == traceNames[id])
    }
  }

  @Test("a released checkpoint binds every variable but the network's inputs", arguments: networks)
  func binding(path: String) throws {
    let name = try #require(path.split(separator: "/").last)
    let model = try FormatTable.read(path: "\(Self.golden.path)/\(path)/\(name)-0000.params")
    let inputs = Set(model.inputs.map { model.graph[$0].name })
    #expect(inputs.isSubset(of: ["data", "im_info", "rois", "softmax_label"]), "\(inputs)")
    #expect(inputs.contains("data"))
    let tested = model.provenance.replacements.map(\.tensor)
    #expect(tested.isEmpty == name.contains("deeplab"), "\(tested)")
    #expect(model.tensors.keys.allSatisfy { !$0.contains("_test") })
    #expect(model.provenance.framework == "MXNet 1.9.1")
  }

  @Test("malformed symbols are read or refused as recorded")
  func malformed() throws {
    let list = try #require(json("symbols/index.json")["malformed"]?.listValue)
    #expect(list.count > 10)
    for entry in list {
      let file = try #require(entry["file"]?.textValue)
      let path = Self.golden.path + "/symbols/" + file
      switch (file, entry["expect"]?.textValue) {
      case ("malformed/unknown_op.json", _):
        let node = try #require(try FormatTable.read(path: path).graph.nodes.first)
        #expect(node.operation.name == "Convolutionnn")
        #expect(node.operation is OpaqueOperation)
      case (_, "error"): #expect(throws: FormatError.self, "\(file)") { try FormatTable.read(path: path) }
      default: _ = try? FormatTable.read(path: path)
      }
    }
  }
}
