import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// A node with one attribute under test, and what MXNet 1.9.1 said to it.
struct AttributeProbe: CustomTestStringConvertible {
  let attribute: String
  let text: String
  /// Whether MXNet ran the node on data of the shape [1, 3, 20, 21].
  let isAccepted: Bool
  let shapes: [[Int]]

  var testDescription: String { "\(attribute) = '\(text)'" }

  static let all: [AttributeProbe] = {
    guard let path = Repository.golden?.appending(path: "symbols/attribute_spellings.json").path,
      let file = try? MappedFile(path: path), let json = try? JSONValue(parsing: file)
    else { return [] }
    return (json["probes"]?.listValue ?? []).map { probe in
      AttributeProbe(
        attribute: probe["attr"]?.textValue ?? "", text: probe["text"]?.textValue ?? "",
        isAccepted: probe["accepted"] == true,
        shapes: (probe["output_shapes"]?.listValue ?? []).map {
          $0.listValue?.compactMap(\.integerValue) ?? []
        })
    }
  }()

  private var op: String {
    let parts = attribute.split(separator: ".")
    guard parts.count == 2 else { return "Convolution" }
    return parts[0] == "Proposal" ? "_contrib_Proposal" : String(parts[0])
  }

  /// A symbol of the one node, with variables for its inputs.
  var symbol: JSONValue {
    let name = attribute.split(separator: ".").last?.split(separator: "(").first.map(String.init) ?? ""
    let base: [String: [(String, String)]] = [
      "Convolution": [("kernel", "(3, 3)"), ("num_filter", "4")], "Pooling": [("kernel", "(2, 2)")],
    ]
    var attributes = JSONObject()
    for (key, value) in base[op] ?? [] { attributes[key] = .text(value) }
    attributes[name] = .text(text)
    let counts = ["Convolution": 3, "BatchNorm": 5, "_contrib_Proposal": 3]
    let count = attribute.hasSuffix("(2 inputs)") ? 2 : counts[op] ?? 1
    var nodes = (0..<count).map { JSONValue.object(["op": "null", "name": "v\($0)", "inputs": []]) }
    let inputs = (0..<count).map { JSONValue.list([.integer($0), 0, 0]) }
    nodes.append(["op": .text(op), "name": "c", "attrs": .object(attributes), "inputs": .list(inputs)])
    return [
      "nodes": .list(nodes), "arg_nodes": [], "heads": [[.integer(count), 0, 0]],
      "attrs": ["mxnet_version": ["int", 10901]],
    ]
  }
}

@Suite("Attribute texts", .enabled(if: Repository.golden != nil))
struct AttributeSpellingTests {
  /// Where this program means to differ from MXNet.
  private static let differences: [String: Bool] = [
    "layout = 'NHWC'": false,  // MXNet has it for GPUs alone
    "lr_mult = '3.0'": true,  // a hint of training, a fault only since 0.9
    "Reshape.shape = '()'": false,  // MXNet leaves the shape open, and fails when it runs
    "Pooling.pooling_convention = 'same'": true,  // MXNet's own rule for it is broken
  ]

  @Test("there are texts to test with")
  func presence() { #expect(AttributeProbe.all.count > 70) }

  @Test(
    "a text is taken where MXNet takes it, with the same shape, and refused where not",
    arguments: AttributeProbe.all)
  func probe(_ probe: AttributeProbe) throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "probe-symbol.json").path
    try probe.symbol.written().write(toFile: path, atomically: false, encoding: .utf8)
    let type = try? outputType(path, hasData: !probe.attribute.hasPrefix("Proposal"))
    let isTaken = type != nil
    #expect(isTaken == Self.differences[probe.testDescription] ?? probe.isAccepted)
    // The recording does not say on what pooling ran.
    if isTaken, Self.differences[probe.testDescription] == nil, !probe.attribute.hasPrefix("P") {
      #expect(type?.shape == probe.shapes.first.map { PartialShape(Shape($0)) })
    }
  }

  private func outputType(_ path: String, hasData: Bool) throws -> ValueType {
    let model = try FormatTable.read(path: path)
    let data = try #require(model.graph.variables.first)
    let given = hasData ? [data: ValueType(.float32, PartialShape([1, 3, 20, 21]))] : [:]
    return try GraphInference(model, given: given)[model.graph.outputs[0]]
  }
}
