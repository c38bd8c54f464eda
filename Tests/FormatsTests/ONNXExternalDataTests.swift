import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("External data of ONNX models")
struct ONNXExternalDataTests {
  /// A folder with a model whose one weight, two floats, is at `location`, and files beside it.
  private func read(
    _ location: String, _ entries: KeyValuePairs<String, String> = [:],
    prepare: (URL) throws -> Void = {
      try Data([0, 0, 128, 63, 0, 0, 0, 64]).write(to: $0.appending(path: "w.bin"))
    }
  ) throws -> Model {
    let parent = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: parent) }
    let folder = parent.appending(path: "model")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(repeating: 1, count: 8).write(to: parent.appending(path: "secret"))
    try prepare(folder)
    let bytes = WireWriter.model { graph in
      graph.tensor("w", [2]) {
        $0.external(["location": location])
        $0.external(entries)
        $0.number(14, 1)
      }
    }
    try Data(bytes).write(to: folder.appending(path: "m.onnx"))
    return try FormatTable.read(path: folder.appending(path: "m.onnx").path)
  }

  private func fault(
    _ location: String, _ entries: KeyValuePairs<String, String> = [:],
    prepare: (URL) throws -> Void = {
      try Data(repeating: 0, count: 8).write(to: $0.appending(path: "w.bin"))
    }
  ) throws -> FormatError {
    try #require(throws: FormatError.self) { try read(location, entries, prepare: prepare) }
  }

  @Test("a file beside the model is mapped", arguments: ["w.bin", "./w.bin"])
  func beside(_ location: String) throws {
    let model = try read(location)
    #expect(model.tensors["w"]?.elements(as: Float.self) == [1, 2])
    #expect(model.tensors["w"]?.place?.range == 0..<8)
  }

  @Test("a file in a folder below is mapped at its offset")
  func below() throws {
    let model = try read("a/b/w.bin", ["offset": "3", "length": "8"]) { folder in
      let below = folder.appending(path: "a/b")
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      try Data([9, 9, 9, 0, 0, 128, 63, 0, 0, 0, 64]).write(to: below.appending(path: "w.bin"))
    }
    #expect(model.tensors["w"]?.elements(as: Float.self) == [1, 2])
  }

  @Test(
    "a path that leads out of the model's folder is refused",
    arguments: ["../secret", "a/../../secret", "/etc/passwd", "a//w.bin", "", ".."])
  func escape(_ location: String) throws {
    #expect(try fault(location).explanation.contains("expected one below it, without '..'"))
  }

  @Test("a symbolic link is refused, as the file and on the way to it", arguments: ["w.bin", "a/secret"])
  func symbolicLink(_ location: String) throws {
    let error = try fault(location) { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: "w.bin").path, withDestinationPath: "../secret")
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: "a").path, withDestinationPath: "..")
    }
    #expect(error.explanation.contains("is a symbolic link"), "\(error)")
  }

  @Test("a file with a second name is refused")
  func hardLink() throws {
    let error = try fault("w.bin") { folder in
      try FileManager.default.linkItem(
        at: folder.deletingLastPathComponent().appending(path: "secret"), to: folder.appending(path: "w.bin"))
    }
    #expect(error.explanation.contains("has 2 names (hard links)"), "\(error)")
  }

  @Test("a pipe is refused without waiting for a writer")
  func pipe() throws {
    let error = try fault("w.bin") { #expect(mkfifo($0.appending(path: "w.bin").path, 0o600) == 0) }
    #expect(error.explanation.contains("is no regular file"))
  }

  @Test("a file that is not there is the caller's fault")
  func missing() throws {
    #expect(try fault("other.bin").blame == .request)
  }

  @Test(
    "a range that the file does not have is refused",
    arguments: [
      ["offset": "1"], ["offset": "9223372036854775807"], ["offset": "-4"], ["offset": "0x0"],
      ["offset": "+0"],
      ["length": "4"], ["length": "99999999999999999999"],
    ] as [KeyValuePairs<String, String>])
  func range(_ entries: KeyValuePairs<String, String>) throws {
    #expect(try fault("w.bin", entries).place.contains("initializer 'w'"))
  }

  @Test("a tensor without a location is refused")
  func noLocation() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "m.onnx")
    let bytes = WireWriter.model { graph in
      graph.tensor("w", [2]) {
        $0.external(["offset": "0"])
        $0.number(14, 1)
      }
    }
    try Data(bytes).write(to: file)
    let error = try #require(throws: FormatError.self) { try FormatTable.read(path: file.path) }
    #expect(error.explanation.contains("external data without a location"))
  }
}
