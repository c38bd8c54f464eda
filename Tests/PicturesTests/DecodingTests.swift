import Bytes
import Foundation
import Pictures
import TestSupport
import Testing

@Suite("Decoding pictures")
struct DecodingTests {
  static let kinds = try? RecordedArrays(Repository.fixtures.appending(path: "images/kinds.npz"))
  static let names = (kinds?.names ?? []).filter { $0.hasPrefix("file/") }.map { String($0.dropFirst(5)) }

  @Test("every kind of PNG and JPEG gives the pixels that OpenCV reads", arguments: names)
  func everyKind(_ name: String) throws {
    let kinds = try #require(Self.kinds)
    let file = try kinds["file/" + name].bytes
    let picture = try Picture(of: file, name)
    #expect(picture == Picture(blueFirst: try kinds["stored/" + name]))
    let upright = try Picture(of: file, name, .upright)
    let expected = kinds.contains("upright/" + name) ? "upright/" : "stored/"
    #expect(upright == Picture(blueFirst: try kinds[expected + name]))
  }

  @Test(
    "recorded pictures give the recorded pixels", .enabled(if: Repository.golden != nil), arguments: 0..<6)
  func golden(_ index: Int) throws {
    let recorded = try Golden(index)
    let picture = try Picture(of: recorded.file, recorded.name)
    #expect(picture == Picture(blueFirst: try recorded.arrays["decoded_bgr"]))
  }

  @Test("what is neither PNG nor JPEG is refused by the file's name")
  func otherFormat() throws {
    let text = Array("BM, a bitmap".utf8)
    let error = #expect(throws: ByteError.self) { try Picture(of: text, "a.bmp") }
    #expect(error?.description == "a.bmp: found another format, expected a PNG or JPEG picture")
    let isKnown = Picture.recognises(text.span.bytes)
    #expect(!isKnown)
    #expect(throws: ByteError.self) { try Picture(of: [], "empty") }
  }
}

/// A picture of ../shared/golden/images with what was recorded of it.
struct Golden {
  let name: String
  let file: [UInt8]
  let arrays: RecordedArrays

  init(_ index: Int) throws {
    let folder = try #require(Repository.golden).appending(path: "images")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    name = try #require(names.first { $0.hasPrefix("picture\(index).") && !$0.hasSuffix(".npz") })
    file = [UInt8](try Data(contentsOf: folder.appending(path: name)))
    arrays = try RecordedArrays(folder.appending(path: "picture\(index).npz"))
  }
}

extension Picture {
  /// Decodes an array, whose span a macro of the tests may not hold.
  init(of file: [UInt8], _ name: String, _ orientation: Orientation = .asStored) throws {
    try self.init(decoding: file.span.bytes, file: name, orientation: orientation)
  }

  /// OpenCV's order of channels.
  init(blueFirst entry: RecordedArrays.Entry) {
    precondition(entry.type == "|u1" && entry.shape.count == 3 && entry.shape[2] == 3, "\(entry.shape)")
    var pixels = entry.bytes
    for pixel in stride(from: 0, to: pixels.count, by: 3) { pixels.swapAt(pixel, pixel + 2) }
    self.init(width: entry.shape[1], height: entry.shape[0], pixels: pixels)
  }
}
