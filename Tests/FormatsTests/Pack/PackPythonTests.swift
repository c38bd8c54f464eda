import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

/// `python3` with numpy and protobuf, and the compiler of its schema.
enum Python {
  /// A command's output; nil where it fails.
  static func output(_ arguments: [String]) -> Data? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? data : nil
  }

  /// The first interpreter that has what the reader needs; versions that a tool chain put before it may not.
  static let interpreter: String? = ["python3", "/usr/bin/python3"].first {
    output([$0, "-c", "import numpy, google.protobuf"]) != nil
  }

  static let isComplete = interpreter != nil && output(["protoc", "--version"]) != nil
}

@Suite("The Python reader")
struct PackPythonTests {
  private struct Row: Codable, Equatable {
    let name: String
    let type: String
    let shape: [Int]
    let sha256: String
  }

  private func read(_ path: String, _ scratch: Scratch, tensor: String? = nil) throws -> Data? {
    let schemas = Repository.root.appending(path: "Schemas").path
    let folder = scratch.folder.path
    try #require(
      Python.output(["protoc", "--proto_path=\(schemas)", "--python_out=\(folder)", "dcnpack.proto"]) != nil)
    let python = try #require(Python.interpreter)
    return Python.output([python, schemas + "/read_dcnpack.py", folder, path] + (tensor.map { [$0] } ?? []))
  }

  @Test(
    "agrees on every tensor's name, type, shape and bytes (skipped without python3, numpy, protobuf and protoc)",
    .enabled(if: Python.isComplete))
  func agreement() throws {
    let scratch = try Scratch()
    let path = scratch.path("m")
    var model = PackSamples.model
    // A name with U+0000 is no argument of a command, but a name all the same.
    try PackWriter.write(model, to: path)
    model = try FormatTable.read(path: path)
    let output = try #require(try read(path, scratch))
    let rows = try JSONDecoder().decode([Row].self, from: output)
    let expected = model.tensors.map { name, tensor in
      Row(
        name: name, type: tensor.elementType.rawValue, shape: tensor.shape.dimensions,
        sha256: Digest(of: tensor.bytes).description)
    }
    #expect(rows.sorted { $0.name < $1.name } == expected.sorted { $0.name < $1.name })
    let one = try #require(model.tensors["ключ"])
    #expect(try read(path, scratch, tensor: "ключ").map(Array.init) == one.byteArray)
  }

  @Test(
    "refuses a pack with a flipped byte (skipped without python3, numpy, protobuf and protoc)",
    .enabled(if: Python.isComplete))
  func flipped() throws {
    let scratch = try Scratch()
    try PackWriter.write(PackSamples.small, to: scratch.path("m"))
    let good = try bytes(scratch.path("m"))
    for index in [0, 9, 13, 20, 60, good.count - 1] {
      var bad = good
      bad[index] ^= 1
      #expect(try read(scratch.file(bad, "bad"), scratch) == nil, "byte \(index)")
    }
  }
}
