import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import TestSupport
import Testing

@Suite("Symbol writer")
struct SymbolWriterTests {
  private func graph(of text: String) throws -> Graph {
    let scratch = try Scratch()
    return try withExtendedLifetime(scratch) {
      try FormatTable.read(path: scratch.file(Array(text.utf8), "s-symbol.json")).graph
    }
  }

  @Test("a symbol is written in MXNet's own layout, auxiliary states in version 1")
  func layout() throws {
    var graph = Graph()
    let data = graph.addVariable("da\"ta")
    let names = ["gamma", "beta", "mean", "var"]
    let weights = names.map { graph.addVariable("n_\($0)") }
    let norm = try #require(OperatorTable.mxnet("BatchNorm")).read(mxnet: "BatchNorm", attributes: [:])
    let normed = graph.addNode(
      "n", norm, inputs: [data] + weights, outputNames: ["n_output"])
    let relu = try #require(OperatorTable.mxnet("Activation")).read(
      mxnet: "Activation", attributes: ["act_type": "relu"])
    graph.setOutputs(graph.addNode("r", relu, inputs: [normed[0]], outputNames: ["r_output"]))
    let text = try SymbolWriter.text(of: graph, file: "o")
    #expect(
      text.hasPrefix("{\n  \"nodes\": [\n    {\n      \"op\": \"null\", \n      \"name\": \"da\\\"ta\", \n"))
    #expect(
      text.contains("      \"inputs\": [[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 1], [4, 0, 1]]\n    }, \n"))
    #expect(
      text.hasSuffix(
        """
            {
              "op": "Activation",\u{20}
              "name": "r",\u{20}
              "attrs": {"act_type": "relu"},\u{20}
              "inputs": [[5, 0, 0]]
            }
          ],\u{20}
          "arg_nodes": [0, 1, 2, 3, 4],\u{20}
          "node_row_ptr": [0, 1, 2, 3, 4, 5, 8, 9],\u{20}
          "heads": [[6, 0, 0]],\u{20}
          "attrs": {"mxnet_version": ["int", 10901]}
        }
        """))
  }

  @Test("what MXNet saved comes back as the same graph")
  func roundTrip() throws {
    let path = Repository.fixtures.appending(path: "mxnet/small-symbol.json").path
    let graph = try FormatTable.read(path: path).graph
    let again = try self.graph(of: SymbolWriter.text(of: graph, file: "o"))
    #expect(GraphSignature(again) == GraphSignature(graph))
  }

  @Test(
    "a global pooling keeps the window that its file gave, for MXNet's bits hang on it",
    arguments: [true, false])
  func globalWindow(_ isGiven: Bool) throws {
    let window = isGiven ? #""kernel": "(7, 7)", "# : ""
    let graph = try graph(
      of: """
        {"nodes": [
          {"op": "null", "name": "x", "inputs": []},
          {"op": "Pooling", "name": "p", "inputs": [[0, 0, 0]],
           "attrs": {\(window)"global_pool": "True", "pool_type": "avg"}}
        ], "arg_nodes": [0], "heads": [[1, 0, 0]], "attrs": {"mxnet_version": ["int", 10901]}}
        """)
    let text = try SymbolWriter.text(of: graph, file: "o")
    #expect(text.contains(#""kernel": "(7, 7)""#) == isGiven)
  }

  @Test("an opaque node of MXNet's goes back in its own words, its outputs numbered")
  func opaque() throws {
    var graph = Graph()
    let x = graph.addVariable("x")
    let split = graph.addNode(
      "s",
      OpaqueOperation(name: "Splitter", attributes: ["b": .text("2"), "a": .text("(1,)")], outputCount: 2),
      inputs: [x],
      outputNames: ["s_output0", "s_output1"])
    let mine = OpaqueOperation(name: "Custom:mine", attributes: ["op_type": .text("mine")])
    graph.setOutputs(graph.addNode("p", mine, inputs: [split[1]], outputNames: ["p_output"]))
    let text = try SymbolWriter.text(of: graph, file: "o")
    #expect(text.contains("\"attrs\": {\n        \"a\": \"(1,)\", \n        \"b\": \"2\"\n      }"))
    #expect(text.contains("\"op\": \"Custom\""))
    #expect(text.contains("\"inputs\": [[1, 1, 0]]"))
  }

  @Test("what MXNet cannot say is refused by its node")
  func refusals() throws {
    func refusal(_ operation: any Graphs.Operation, inputs: [Graph.ValueID?]? = nil) -> String {
      var graph = Graph()
      let x = graph.addVariable("x")
      graph.setOutputs(graph.addNode("n", operation, inputs: inputs ?? [x], outputNames: ["n_output"]))
      let error = #expect(throws: FormatError.self) { try SymbolWriter.text(of: graph, file: "o.json") }
      return error?.description ?? ""
    }
    #expect(
      refusal(OpaqueOperation(name: "ai.onnx::Foo", attributes: [:]))
        == "o.json: node 'n': operator ai.onnx::Foo is none of MXNet's")
    #expect(
      refusal(OpaqueOperation(name: "Foo", attributes: ["k": .integer(1)]))
        == "o.json: node 'n': unknown operator Foo: attribute 'k' is no text, as all of MXNet's are")
    #expect(
      refusal(OpaqueOperation(name: "Foo", attributes: [:]), inputs: [nil, Graph.ValueID(index: 0)])
        == "o.json: node 'n': input 0 is left out before others, which MXNet cannot say")
    let empty = #expect(throws: FormatError.self) { try SymbolWriter.text(of: Graph(), file: "o.json") }
    #expect(empty?.description == "o.json: the model has no graph that a symbol could say")
  }
}
