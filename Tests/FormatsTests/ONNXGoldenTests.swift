import Bytes
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// The recorded ONNX files: made with onnx 1.23.2, listed with what is expected of them.
private let folder = Repository.golden?.appending(path: "onnx")

private struct Index: Decodable {
  struct File: Decodable {
    struct Tensor: Decodable {
      let shape: [Int]
      let type: Int32
      let values: [Double]
    }
    let file: String
    let expect: String?
    let note: String?
    let inputs: [String: [Int]]?
    let outputs: [String: [Int]]?
    let tensors: [String: Tensor]?
    let weightDigest: String?

    enum CodingKeys: String, CodingKey {
      case file, expect, note, inputs, outputs, tensors
      case weightDigest = "sha256_weight"
    }
  }
  let files: [File]

  static let all: [File] = {
    guard let folder, let data = try? Data(contentsOf: folder.appending(path: "index.json")) else {
      return []
    }
    return (try? JSONDecoder().decode(Index.self, from: data).files) ?? []
  }()
}

@Suite("Recorded ONNX files", .enabled(if: folder != nil))
struct ONNXGoldenTests {
  @Test("a file of the list is read, or refused where the list says so", arguments: Index.all.map(\.file))
  func read(_ name: String) throws {
    let entry = try #require(Index.all.first { $0.file == name })
    let path = try #require(folder).appending(path: name).path
    if entry.expect == "error" {
      #expect(throws: FormatError.self, "\(entry.note ?? "")") { try FormatTable.read(path: path) }
      return
    }
    let model = try FormatTable.read(path: path)
    for (input, shape) in entry.inputs ?? [:] {
      let id = try #require(model.inputs.first { model.graph[$0].name == input })
      let declared = model.graph[id].declaredType.shape.dimensions ?? []
      #expect(declared.count == shape.count)
      for (known, expected) in zip(declared, shape) where known != nil { #expect(known == expected) }
    }
    let outputs = model.graph.outputs.map { model.graph[$0].name }
    #expect(Set((entry.outputs ?? [:]).keys).isSubset(of: outputs))
  }

  @Test("every encoding of an initializer gives its values")
  func encodings() throws {
    let entry = try #require(Index.all.first { $0.tensors != nil })
    let model = try FormatTable.read(path: try #require(folder).appending(path: entry.file).path)
    let tensors = try #require(entry.tensors)
    #expect(!tensors.isEmpty)
    for (name, expected) in tensors {
      let tensor = try #require(model.tensors[name])
      #expect(tensor.shape.dimensions == expected.shape, "\(name)")
      #expect(tensor.elementType == ElementType(onnx: expected.type), "\(name)")
      #expect(tensor.converted(to: Double.self) == expected.values, "\(name)")
    }
  }

  @Test("external data is mapped from the file beside the model")
  func external() throws {
    let entry = try #require(Index.all.first { $0.weightDigest != nil })
    let model = try FormatTable.read(path: try #require(folder).appending(path: entry.file).path)
    let digests = model.tensors.values.map { Digest(of: $0.bytes).description }
    #expect(digests == [entry.weightDigest])
    #expect(model.tensors.values.first?.place?.file.path.hasSuffix("external.bin") == true)
    #expect(model.provenance.sources.map(\.name) == [entry.file, "external.bin"])
  }
}
