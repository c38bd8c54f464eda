import Foundation
import Graphs
import Operators
import OrderedCollections
import TestSupport
import Testing

/// What MXNet 1.9.1 made of an operator's name and attribute texts (`Fixtures/record/operator_shapes.py`).
struct RecordedShapes: Decodable, CustomTestStringConvertible {
  let op: String
  let attributes: [String: String]
  /// Nil where MXNet was to complete the shape.
  let given: [[Int]?]
  let inputs: [[Int]]?
  let inputNames: [String]?
  let outputs: [[Int]]?
  let outputNames: [String]?
  let refused: Bool?

  var testDescription: String { "\(op) \(attributes.sorted { $0.key < $1.key }) \(given)" }

  static let all: [RecordedShapes] = {
    let file = Repository.fixtures.appending(path: "mxnet/operator_shapes.json")
    return (try? JSONDecoder().decode([RecordedShapes].self, from: Data(contentsOf: file))) ?? []
  }()

  func operation() throws -> any Operator {
    let type = try #require(OperatorTable.mxnet(op), "\(op) is not in the table")
    return try type.read(
      mxnet: op, attributes: .init(uniqueKeysWithValues: attributes.sorted { $0.key < $1.key }))
  }

  /// Refused by MXNet, or a shape of fewer elements than the data has, which it infers and crashes on.
  var isRefused: Bool {
    guard let outputs, ["Reshape", "reshape"].contains(op) else { return refused == true }
    return outputs[0].reduce(1, *) != (given[0] ?? []).reduce(1, *)
  }

  var shapes: [PartialShape] { given.map { $0.map { PartialShape($0) } ?? .unknown } }
}

@Suite("Shape rules against MXNet's own, name by name")
struct RecordedShapeTests {
  @Test(
    "a valid node gives MXNet's shapes and names", arguments: RecordedShapes.all.filter { !$0.isRefused })
  func valid(_ recorded: RecordedShapes) throws {
    let operation = try recorded.operation()
    let (outputs, inputs) = try operation.inferred(recorded.shapes)
    #expect(inputs == recorded.inputs?.map { PartialShape($0) })
    #expect(operation.mxnetInputNames == recorded.inputNames)
    // A random LeakyReLU also shows its mask, which nothing at inference takes.
    #expect(outputs == recorded.outputs?.prefix(outputs.count).map { PartialShape($0) })
    #expect(operation.mxnetOutputSuffixes == recorded.outputNames?.prefix(outputs.count).map { $0 })
    #expect(recorded.attributes["act_type"] == "rrelu" || outputs.count == recorded.outputs?.count)
  }

  @Test("what MXNet refuses is refused", arguments: RecordedShapes.all.filter(\.isRefused))
  func refused(_ recorded: RecordedShapes) {
    #expect(throws: OperatorError.self) { try recorded.operation().inferred(recorded.shapes) }
  }

  @Test("every name under which an operator is read has been recorded")
  func complete() {
    #expect(RecordedShapes.all.count > 300)
    let elsewhere: Set = [
      // Gone before 1.9.
      "CuDNNBatchNorm",
      // 2.0's.
      "_npx_box_nms", "_npx_deformable_convolution", "_npx_modulated_deformable_convolution",
    ]
    let names = Set(OperatorTable.all.flatMap { $0.mxnetNames }.filter { !$0.hasPrefix("Custom:") })
    #expect(names.subtracting(RecordedShapes.all.map(\.op)).subtracting(elsewhere).sorted() == [])
  }

  @Test(
    "what is written for a valid node is MXNet's again",
    arguments: RecordedShapes.all.filter { !$0.isRefused })
  func written(_ recorded: RecordedShapes) throws {
    let operation = try recorded.operation()
    let spelling = try operation.mxnetSpelling()
    let again = try #require(OperatorTable.mxnet(spelling.op)).read(
      mxnet: spelling.op, attributes: spelling.attributes)
    #expect(again.isEqual(to: operation), "\(again) and \(operation)")
  }
}
