import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Symbol reader")
struct SymbolReaderTests {
  private func read(_ json: JSONValue) throws -> Model {
    let scratch = try Scratch()
    return try withExtendedLifetime(scratch) {
      try FormatTable.read(path: scratch.file(Array(json.written().utf8), "s-symbol.json"))
    }
  }

  private func fixture(_ name: String) throws -> Model {
    try FormatTable.read(path: Repository.fixtures.appending(path: "mxnet/\(name)").path)
  }

  private func variable(_ name: String, _ attributes: JSONValue = [:]) -> JSONValue {
    ["op": "null", "name": .text(name), "attrs": attributes, "inputs": []]
  }

  private func document(_ nodes: [JSONValue], heads: JSONValue, version: Int? = 10901) -> JSONValue {
    var object: JSONObject = ["nodes": .list(nodes), "arg_nodes": [], "heads": heads]
    if let version { object["attrs"] = ["mxnet_version": ["int", .integer(version)]] }
    return .object(object)
  }

  @Test("every age of one symbol gives the same graph", arguments: ["small-0.8.json", "small-0.9.5.json"])
  func ages(name: String) throws {
    #expect(try GraphSignature(fixture(name).graph) == GraphSignature(fixture("small-symbol.json").graph))
  }

  @Test("the framework's version is the file's word")
  func version() throws {
    #expect(try fixture("small-symbol.json").provenance.framework == "MXNet 1.9.1")
    #expect(try fixture("small-0.9.5.json").provenance.framework == "MXNet 0.9.5")
    #expect(try fixture("small-0.8.json").provenance.framework == "MXNet")
  }

  @Test("a symbol alone is a graph whose variables are all inputs, in MXNet's order")
  func variables() throws {
    let model = try fixture("small-symbol.json")
    #expect(model.tensors.isEmpty)
    #expect(
      model.inputs.map { model.graph[$0].name } == [
        "data", "conv_weight", "bn_gamma", "bn_beta", "bn_moving_mean", "bn_moving_var", "score_weight",
        "score_bias", "box_weight", "box_bias",
      ])
    #expect(model.graph.outputs.map { model.graph[$0].name } == ["prob_output", "box_output"])
  }

  @Test("a node keeps the words of its file beside its operator")
  func source() throws {
    let node = try #require(try fixture("small-0.8.json").graph.nodes.first { $0.name == "conv" })
    #expect(node.operation is Convolution)
    #expect(node.source?.op == "Convolution")
    #expect(node.source?.attributes["kernel"] == .text("(3, 3)"))
  }

  @Test("an operator that nobody knows is opaque, with as many outputs as are taken")
  func opaque() throws {
    let model = try read(
      document(
        [
          variable("x"),
          ["op": "Splitter", "name": "s", "attrs": ["n": "3"], "inputs": [[0, 0, 0]]],
          ["op": "Custom", "name": "p", "attrs": ["op_type": "mine"], "inputs": [[1, 2, 0]]],
        ], heads: [[2, 0, 0], [1, 0, 0]]))
    #expect(
      model.graph.nodes.map(\.operation.name) == ["Splitter", "Custom:mine"])
    #expect(
      model.graph.nodes[0].outputs.map { model.graph[$0].name } == ["s_output0", "s_output1", "s_output2"])
    #expect(model.graph.nodes[1].outputs.map { model.graph[$0].name } == ["p_output"])
    #expect(model.graph.nodes[0].operation.attributes == ["n": .text("3")])
  }

  @Test("nodes may stand in any order, and what no head needs is left out")
  func order() throws {
    let relu: JSONValue = ["act_type": "relu"]
    let model = try read(
      document(
        [
          ["op": "Activation", "name": "b", "attrs": relu, "inputs": [[2, 0, 0]]],
          variable("unused"),
          ["op": "Activation", "name": "a", "attrs": relu, "inputs": [[3, 0, 0]]],
          variable("x"),
        ], heads: [[0, 0, 0]]))
    #expect(model.graph.nodes.map(\.name) == ["a", "b"])
    #expect(model.graph.variables.map { model.graph[$0].name } == ["x"])
  }

  @Test("a graph of thirty thousand nodes in a row is no trouble")
  func deep() throws {
    let count = 30_000
    var nodes = [variable("x")]
    for number in 0..<count {
      nodes.append(["op": "unknown", "name": "n", "inputs": [[.integer(number), 0, 0]]])
    }
    let model = try read(document(nodes, heads: [[.integer(count), 0, 0]]))
    #expect(model.graph.nodes.count == count)
  }

  @Test("param, attr and attrs are one, later spellings before earlier ones; hints of training are hidden")
  func merging() throws {
    let model = try read(
      document(
        [
          variable("x"), variable("w"), variable("b"),
          [
            "op": "Convolution", "name": "c", "inputs": [[0, 0], [1, 0], [2, 0]],
            "param": ["kernel": "(1,1)", "num_filter": "4"],
            "attr": ["kernel": "(3,3)", "lr_mult": "2", "weight_lr_mult": "3", "ctx_group": "dev1"],
            "backward_source_id": -1,
          ],
        ], heads: [[3, 0]], version: nil))
    let convolution = try #require(model.graph.nodes.first?.operation as? Convolution)
    #expect(convolution.geometry.kernel == [3, 3])
    #expect(convolution.filters == 4)
  }

  @Test("before 0.9, inputs left out are variables named after the node; from then on, a fault")
  func missingInputs() throws {
    let nodes: [JSONValue] = [
      variable("x"),
      ["op": "BatchNorm", "name": "n", "attrs": [:], "inputs": [[0, 0]]],
    ]
    let model = try read(document(nodes, heads: [[1, 0]], version: nil))
    #expect(
      model.graph.variables.map { model.graph[$0].name } == [
        "x", "n_gamma", "n_beta", "n_moving_mean", "n_moving_var",
      ])
    #expect(throws: FormatError.self) { try read(document(nodes, heads: [[1, 0]], version: 900)) }
  }

  @Test("before 0.9.5, an axis of -1 of argmax is none")
  func argmax() throws {
    func attributes(_ version: Int) throws -> Attributes {
      let node: JSONValue = ["op": "argmax", "name": "m", "attrs": ["axis": "-1"], "inputs": [[0, 0, 0]]]
      let model = try read(document([variable("x"), node], heads: [[1, 0, 0]], version: version))
      return model.graph.nodes[0].operation.attributes
    }
    #expect(try attributes(904)["axis"] == nil)
    #expect(try attributes(905)["axis"] == .integer(-1))
  }

  @Test("a variable's declared shape and type are known, other attributes of it are not looked at")
  func declarations() throws {
    let model = try read(
      document(
        [variable("x", ["__shape__": "(0, 3, 8, -1)", "__dtype__": "2", "kernel": "nonsense"])],
        heads: [[0, 0, 0]]))
    let value = model.graph[model.graph.variables[0]]
    #expect(value.declaredType == ValueType(.float16, PartialShape([nil, 3, 8, nil])))
  }

  @Test("what is in the file and not kept is said")
  func warnings() throws {
    var json = document([variable("x")], heads: [[0, 0, 0]])
    if case .object(var object) = json {
      object["extra"] = ["a": 1]
      json = .object(object)
    }
    #expect(
      try read(json).warnings == ["the symbol's 'extra' is not kept: nothing is known of its meaning"])
  }
}
