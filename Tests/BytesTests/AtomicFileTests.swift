import Bytes
import Foundation
import TestSupport
import Testing

@Suite("AtomicFile")
struct AtomicFileTests {
  private func write(_ text: String, to path: String, replacing: Bool = true) throws {
    let file = try AtomicFile(path: path, durable: false)
    try file.write(Array(text.utf8).span.bytes, at: 0)
    try file.commit(replacing: replacing)
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test("an old file gives way only where it may")
  func replacing() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "a").path
    try write("old", to: path, replacing: false)
    let error = #expect(throws: ByteError.self) { try write("new", to: path, replacing: false) }
    #expect(error?.blame == .request)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    try write("new", to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    #expect(try names(in: folder) == ["a"])
  }

  @Test("a file that was not committed leaves nothing")
  func abandoned() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      let file = try AtomicFile(path: folder.appending(path: "a").path, durable: false)
      try file.write([1, 2, 3].span.bytes, at: 0)
    }
    #expect(try names(in: folder).isEmpty)
  }

  @Test("a symbolic link gives way itself, what it leads to stays")
  func symbolicLink() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let target = folder.appending(path: "target").path
    let link = folder.appending(path: "link").path
    try write("target", to: target)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    #expect(throws: ByteError.self) { try write("new", to: link, replacing: false) }
    try write("new", to: link)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "target")
    #expect(try String(contentsOfFile: link, encoding: .utf8) == "new")
    #expect(try names(in: folder) == ["link", "target"])
  }
}
