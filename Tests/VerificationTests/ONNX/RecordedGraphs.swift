import Formats
import Foundation
import Graphs
import Tensors
import TestSupport
import Testing
import Verification

/// Graphs with what ONNX Runtime computed in them (Fixtures/record/onnx_operators.py).
struct RecordedGraphs {
  private let archive: NPZArchive
  /// The cases' names.
  let names: [String]

  init(_ path: String) throws {
    archive = try NPZArchive(path: path)
    names = archive.names.filter { $0.hasPrefix("model/") }.map { String($0.dropFirst(6)) }.sorted()
  }

  static let operators: RecordedGraphs? = try? RecordedGraphs(
    Repository.fixtures.appending(path: "onnx/operators.npz").path)

  static let rare: RecordedGraphs? = try? RecordedGraphs(
    Repository.fixtures.appending(path: "onnx/rare_operators.npz").path)

  static let torchvision: RecordedGraphs? = try? RecordedGraphs(
    Repository.fixtures.appending(path: "onnx/torchvision.npz").path)

  /// A case's file.
  func bytes(_ name: String) throws -> [UInt8] {
    try #require(try archive.tensor(named: "model/" + name)).elements(as: UInt8.self)
  }

  /// Reads a case's file as any model is read.
  func model(_ name: String) throws -> Model {
    let scratch = try Scratch()
    let model = try FormatTable.read(path: try scratch.file(try bytes(name), "model.onnx"))
    // The file may go: it is mapped.
    return withExtendedLifetime(scratch) { model }
  }

  /// What is fed, by name.
  func inputs(_ name: String) throws -> [String: Tensor] { try tensors("inputs/\(name)/") }

  /// What was computed, by name.
  func activations(_ name: String) throws -> [String: Tensor] { try tensors("activations/\(name)/") }

  private func tensors(_ prefix: String) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for name in archive.names where name.hasPrefix(prefix) {
      tensors[String(name.dropFirst(prefix.count))] = try archive.tensor(named: name)
    }
    return tensors
  }

  func trace(_ name: String) throws -> Trace {
    try Trace(CaseSource(archive: archive, name: name), path: name)
  }
}

/// One case of the archive as a trace of its own.
private struct CaseSource: TensorSource {
  let archive: NPZArchive
  let name: String

  private func inner(_ outer: String) -> String {
    let parts = outer.split(separator: "/", maxSplits: 1)
    return parts.count == 2 ? "\(parts[0])/\(name)/\(parts[1])" : outer
  }

  var names: [String] {
    ["inputs", "activations"].flatMap { kind in
      archive.names.filter { $0.hasPrefix("\(kind)/\(name)/") }
        .map { kind + "/" + $0.dropFirst(kind.count + name.count + 2) }
    }
  }
  var metadata: [String: String] { [:] }
  func header(of name: String) throws -> (elementType: ElementType, shape: Shape)? {
    try archive.header(of: inner(name))
  }
  func tensor(named name: String) throws -> Tensor? { try archive.tensor(named: inner(name)) }
}
