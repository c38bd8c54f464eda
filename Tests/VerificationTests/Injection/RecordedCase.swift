import Foundation
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// One recorded run of an operator: its attributes as MXNet spells them, its arrays under its name.
struct RecordedCase: Decodable {
  let op: String
  let name: String
  let attributes: [String: String]
  let order: [String]

  enum CodingKeys: String, CodingKey {
    case op
    case name = "case"
    case attributes = "attrs"
    case order = "input_order"
  }

  private struct File: Decodable { let cases: [RecordedCase] }

  /// The runs of one file of the recorded data, and their arrays.
  static func load(_ file: String) throws -> (cases: [RecordedCase], arrays: RecordedArrays) {
    let folder = try #require(Repository.golden).appending(path: "ops")
    let data = try Data(contentsOf: folder.appending(path: "\(file).json"))
    return (
      try JSONDecoder().decode(File.self, from: data).cases,
      try RecordedArrays(folder.appending(path: "\(file).npz"))
    )
  }

  func tensor(_ name: String, in arrays: RecordedArrays) throws -> Tensor {
    let entry = try arrays["\(self.name)/\(name)"]
    return Tensor(entry.elements(as: Float.self), shape: Shape(entry.shape))
  }

  /// The operator on its recorded inputs.
  ///
  /// - Parameter title: before the operator's name and the case's in the layer's.
  func layer(in arrays: RecordedArrays, title: String = "") throws -> PlantedLayer {
    let type = try #require(OperatorTable.mxnet(op))
    return PlantedLayer(
      name: "\(title)\(op) \(name)",
      operation: try type.read(
        mxnet: op, attributes: .init(uniqueKeysWithValues: attributes.sorted { $0.key < $1.key })),
      inputs: try order.map { try tensor("in/\($0)", in: arrays) })
  }
}
