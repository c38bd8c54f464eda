import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// One recorded run of one operator of MXNet: attributes as text, shapes in and out.
struct GoldenCase: Decodable, CustomTestStringConvertible {
  let op: String
  let name: String
  let attributes: [String: String]
  let inputOrder: [String]
  let inputs: [String: [Int]]
  let outputs: [[Int]]

  enum CodingKeys: String, CodingKey {
    case op, inputs, outputs
    case name = "case"
    case attributes = "attrs"
    case inputOrder = "input_order"
  }

  var testDescription: String { "\(op) \(name)" }

  /// Every recorded case; none where the recorded data is absent.
  static let all: [GoldenCase] = {
    struct File: Decodable { let cases: [GoldenCase] }
    guard let folder = Repository.golden?.appending(path: "ops") else { return [] }
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "json" }
      .sorted { $0.path < $1.path }
      .flatMap { file in
        (try? JSONDecoder().decode(File.self, from: Data(contentsOf: file)))?.cases ?? []
      }
  }()

  func operation() throws -> any Operator {
    let type = try #require(OperatorTable.mxnet(op), "\(op) is not in the table")
    return try type.read(
      mxnet: op, attributes: .init(uniqueKeysWithValues: attributes.sorted { $0.key < $1.key }))
  }

  var shapes: [[Int]] { inputOrder.map { inputs[$0] ?? [] } }
}

extension Operator {
  /// The shape rule on bare shapes.
  func inferred(_ shapes: [PartialShape]) throws -> (outputs: [PartialShape], inputs: [PartialShape]) {
    var known = InferredInputs(
      types: shapes.map { ValueType(.float32, $0) }, constants: shapes.map { _ in nil }, names: inputs)
    let outputs = try infer(&known)
    return (outputs.map(\.shape), shapes.indices.map { known.shape($0) })
  }
}
