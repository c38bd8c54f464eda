import Bytes
import Formats
import Foundation
import TestSupport
import Testing

@Suite("Faults of symbols")
struct SymbolFaultTests {
  /// What a reader says to a symbol with a convolution of these inputs and fields.
  private func refusal(
    inputs: JSONValue = [[0, 0, 0], [1, 0, 0]], heads: JSONValue = [[2, 0, 0]],
    attributes: JSONValue = ["kernel": "(3, 3)", "num_filter": "4", "no_bias": "True"],
    version: JSONValue = ["int", 10901]
  ) throws -> String {
    try refusal([
      "nodes": [
        ["op": "null", "name": "x", "inputs": []], ["op": "null", "name": "w", "inputs": []],
        ["op": "Convolution", "name": "c", "attrs": attributes, "inputs": inputs],
      ],
      "arg_nodes": [0, 1], "heads": heads, "attrs": ["mxnet_version": version],
    ])
  }

  private func refusal(_ json: JSONValue) throws -> String {
    try Scratch().refusal(of: Array(json.written().utf8), "s.json")
  }

  @Test("inputs and heads that lead nowhere are named with node and place")
  func entries() throws {
    #expect(try refusal() == "read")
    #expect(
      try refusal(inputs: [[0, 0, 0], [99, 0, 0]])
        == "s.json: node 2 'c': input 1: found node 99, expected one of 0 to 2")
    #expect(
      try refusal(inputs: [[-1, 0, 0], [1, 0, 0]])
        == "s.json: node 2 'c': input 0: found [-1,0,0], expected two or three numbers from 0 up")
    #expect(
      try refusal(inputs: [[0, 5, 0], [1, 0, 0]])
        == "s.json: node 2 'c': input 0: found output 5 of node 0 'x', which has 1")
    #expect(
      try refusal(inputs: [[0, 0, 0]])
        == "s.json: node 2 'c' (Convolution): found 1 inputs, expected 2: data, weight")
    #expect(
      try refusal(inputs: [[0, 0, 0], [1, 0, 0], [1, 0, 0]])
        == "s.json: node 2 'c' (Convolution): found 3 inputs, expected at most 2: data, weight")
    #expect(
      try refusal(inputs: [[0, 0, 0], [2, 0, 0]])
        == "s.json: node 2 'c': input 1 is node 2 'c', which needs this node itself")
    #expect(
      try refusal(inputs: 3)
        == "s.json: node 2 'c': field 'inputs': found an integer, expected a list of [node, output, version]")
    #expect(
      try refusal(heads: [[44, 0, 0]]) == "s.json: heads: head 0: found node 44, expected one of 0 to 2")
    #expect(try refusal(heads: []) == "s.json: heads: found none, expected at least one output")
    #expect(
      try refusal(heads: [[2, 1, 0]]) == "s.json: heads: head 0: found output 1 of node 2 'c', which has 1")
  }

  @Test("attributes that are no operator's are named")
  func attributes() throws {
    #expect(
      try refusal(attributes: ["kernel": "(3, 3)", "num_filter": 4])
        == "s.json: node 2 'c': attribute 'num_filter': found an integer, expected a text, as MXNet writes all"
    )
    #expect(
      try refusal(attributes: ["kernel": "(3 3)", "num_filter": "4"]).hasPrefix(
        "s.json: node 2 'c' (Convolution): attribute 'kernel': found '(3 3)', expected "))
    #expect(
      try refusal(version: 10901)
        == "s.json: attrs: mxnet_version: found 10901, expected the like of [\"int\", 10901]")
  }

  @Test("what is no symbol is named")
  func structure() throws {
    #expect(try refusal(["heads": []]) == "s.json: nodes: found nothing, expected the list of nodes")
    #expect(try refusal(["nodes": [3]]) == "s.json: node 0: found an integer, expected an object")
    #expect(
      try refusal(["nodes": [["op": "null", "inputs": []]]])
        == "s.json: node 0: field 'name': found nothing, expected a text")
    #expect(
      try refusal(["nodes": [["name": "x", "inputs": []]]])
        == "s.json: node 0 'x': field 'op': found nothing, expected a text")
    #expect(
      try refusal(["nodes": [["op": "null", "name": "x", "inputs": [[0, 0]]]]])
        == "s.json: node 0 'x': a variable (op 'null') has 1 inputs, expected none")
    #expect(
      try refusal(["nodes": [["op": "Custom", "name": "x", "inputs": []]], "heads": [[0, 0]]])
        == "s.json: node 0 'x': attribute 'op_type': found nothing, expected a Python operator's name")
    #expect(
      try refusal([1, 2]).hasPrefix(
        "s.json: no format that dcnconv reads (expected one of: MXNet NDArray list, "))
  }

  @Test("an unknown operator may not claim any number of outputs")
  func outputs() throws {
    #expect(
      try refusal([
        "nodes": [["op": "unknown", "name": "x", "inputs": []]], "heads": [[0, 4_294_967_295, 0]],
      ]) == "s.json: node 0 'x': output 4294967295 is taken, beyond the limit of 8000000 (values)")
  }

  @Test("a cycle is a fault also where no head needs it")
  func cycles() throws {
    let relu: JSONValue = ["act_type": "relu"]
    #expect(
      try refusal([
        "nodes": [
          ["op": "null", "name": "x", "inputs": []],
          ["op": "Activation", "name": "a", "attrs": relu, "inputs": [[2, 0]]],
          ["op": "Activation", "name": "b", "attrs": relu, "inputs": [[1, 0]]],
        ], "heads": [[0, 0]],
      ]) == "s.json: node 2 'b': input 0 is node 1 'a', which needs this node itself")
  }

  @Test(
    "every prefix of a symbol is refused, every flipped bit read or refused", arguments: ["small-0.8.json"])
  func hostile(name: String) throws {
    let bytes = Array(try Data(contentsOf: Repository.fixtures.appending(path: "mxnet/\(name)")))
    let scratch = try Scratch()
    let path = try scratch.file([])
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    for place in bytes.indices {
      #expect(throws: FormatError.self) { try FormatTable.read(path: path) }
      try file.seekToEnd()
      try file.write(contentsOf: Data([bytes[place]]))
    }
    _ = try FormatTable.read(path: path)
    for place in bytes.indices {
      try file.seek(toOffset: UInt64(place))
      try file.write(contentsOf: Data([bytes[place] ^ 1 << (place % 8)]))
      do throws(FormatError) { _ = try FormatTable.read(path: path) } catch {
        #expect(error.blame == .content)
      }
      try file.seek(toOffset: UInt64(place))
      try file.write(contentsOf: Data([bytes[place]]))
    }
  }
}
