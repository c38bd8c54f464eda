import Foundation
import Graphs
import Operators
import OrderedCollections
import Testing

/// A symbol JSON as the standard library of another project reads it.
struct RecordedSymbol {
  struct Node {
    let op: String
    let name: String
    let texts: [String: String]
    /// Node number and output number.
    let inputs: [[Int]]

    /// What the operator's own reader makes of the texts: defaults and spellings are the same then.
    func attributes() throws -> Attributes {
      let type = texts["op_type"].map { "Custom:" + $0 } ?? op
      let sorted = MXNetAttributes.Text(uniqueKeysWithValues: texts.sorted { $0.key < $1.key })
      return try #require(OperatorTable.mxnet(type)).read(mxnet: type, attributes: sorted).attributes
    }
  }

  let nodes: [Node]
  let heads: [[Int]]

  init(_ data: Data) throws {
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    heads = try #require(json["heads"] as? [[Int]]).map { Array($0.prefix(2)) }
    nodes = try #require(json["nodes"] as? [[String: Any]]).map { node in
      Node(
        op: try #require(node["op"] as? String), name: try #require(node["name"] as? String),
        texts: node["attrs"] as? [String: String] ?? [:],
        inputs: try #require(node["inputs"] as? [[Int]]).map { Array($0.prefix(2)) })
    }
  }
}

/// Holds two symbols against each other: nodes in order, names, operators, edges, and attributes as they are read.
func expectEqual(_ built: RecordedSymbol, _ recorded: RecordedSymbol) throws {
  try #require(built.nodes.count == recorded.nodes.count)
  for (built, recorded) in zip(built.nodes, recorded.nodes) {
    #expect(built.name == recorded.name)
    #expect(built.op == recorded.op, "\(recorded.name)")
    #expect(built.inputs == recorded.inputs, "\(recorded.name)")
    if recorded.op != "null" {
      #expect(try built.attributes() == recorded.attributes(), "\(recorded.name)")
    }
  }
  #expect(built.heads == recorded.heads)
}
