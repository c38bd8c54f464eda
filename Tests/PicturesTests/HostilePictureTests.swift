import Bytes
import Foundation
import Pictures
import TestSupport
import Testing

@Suite("Hostile pictures")
struct HostilePictureTests {
  static let files: [(name: String, bytes: [UInt8])] = DecodingTests.names.compactMap { name in
    (try? DecodingTests.kinds?["file/" + name].bytes).map { (name, $0) }
  }

  @Test("every file cut short is refused, with a place inside what remains")
  func truncation() throws {
    #expect(Self.files.count == 60)
    for (name, bytes) in Self.files {
      for length in 0..<bytes.count {
        do {
          _ = try Picture(of: Array(bytes[..<length]), name)
          Issue.record("\(name) cut at \(length) of \(bytes.count) is taken for whole")
        } catch let error as ByteError {
          #expect((error.offset ?? 0) <= length, "\(error)")
        }
      }
    }
  }

  @Test("any changed byte gives a picture of the stated size, or an error")
  func flips() throws {
    var random = SplitMix(state: 3)
    for (name, bytes) in Self.files {
      for _ in 0..<300 {
        var changed = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          changed[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        do {
          let picture = try Picture(of: changed, name, .upright)
          #expect(picture.pixels.count == picture.width * picture.height * 3)
        } catch let error as ByteError {
          #expect(error.blame == .content && error.file == name, "\(error)")
        }
      }
    }
  }

  @Test("a PNG that claims more pixels than it can hold is refused before they are allocated")
  func claimedSize() throws {
    // 10⁵ × 10⁵ is beyond the limit; 12,000 × 12,000 is within, yet not in a file of 70 bytes.
    for (side, expected) in [(100_000, "beyond the limit"), (12_000, "so short a file can hold")] {
      let file = png(width: side, height: side, compressed: [UInt8](repeating: 7, count: 20))
      let error = #expect(throws: ByteError.self) { try Picture(of: file, "huge.png") }
      #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
      #expect(error?.field == "size")
    }
    for (width, height) in [(0, 5), (5, 0), (0xFFFF_FFFF, 1), (1 << 21, 1)] {
      let file = png(width: width, height: height, compressed: [UInt8](repeating: 7, count: 40_000))
      let error = #expect(throws: ByteError.self) { try Picture(of: file, "odd.png") }
      #expect(error?.field == "size")
    }
  }

  @Test("a JPEG that claims more pixels than it can hold is refused before they are allocated")
  func claimedJPEGSize() throws {
    var file = try #require(DecodingTests.kinds)["file/jpeg420"].bytes
    let frame = try #require(file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    file.replaceSubrange(frame + 5..<frame + 9, with: [0x3F, 0xFF, 0x3F, 0xFF])
    let error = #expect(throws: ByteError.self) { try Picture(of: file, "huge.jpg") }
    #expect(error?.field == "size")
  }

  @Test("a progressive JPEG of endless scans is refused")
  func scans() throws {
    let file = try #require(DecodingTests.kinds)["file/jpeg444_progressive"].bytes
    let first = try #require(
      file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
    let second = try #require(
      file.indices.dropFirst(first + 2).dropLast().first {
        file[$0] == 0xFF && [0xC4, 0xDA].contains(file[$0 + 1])
      })
    let scan = Array(file[first..<second])
    let bomb = file[..<second] + Array(repeating: scan, count: 3000).joined() + file[second...]
    let error = #expect(throws: ByteError.self) { try Picture(of: Array(bomb), "scans.jpg") }
    #expect(error?.description.contains("more scans") == true, "\(String(describing: error))")
  }

  @Test("texts and profiles in a PNG are passed over, however far they would expand")
  func ancillaryBomb() throws {
    let file = try #require(DecodingTests.kinds)["file/rgb8"].bytes
    // zTXt and iCCP whose compressed part is nonsense: a reader that expanded them would complain.
    for name in ["zTXt", "iCCP", "iTXt"] {
      let chunk = chunk(name, Array("k\0\0".utf8) + [UInt8](repeating: 0x78, count: 2000))
      let picture = try Picture(of: Array(file[..<33]) + chunk + Array(file[33...]), name)
      #expect(picture == Picture(blueFirst: try #require(DecodingTests.kinds)["stored/rgb8"]))
    }
  }

  @Test("compressed data that expands far beyond the picture is not kept")
  func pixelBomb() throws {
    let large = try Picture(width: 2000, height: 1200).png(file: "large.png")
    let start = try #require((0..<large.count).first { large[$0...].starts(with: "IDAT".utf8) }) + 4
    let length = large[start - 8..<start - 4].reduce(0) { $0 << 8 | Int($1) }
    let file = png(width: 3, height: 2, compressed: Array(large[start..<start + length]))
    #expect(try Picture(of: file, "bomb.png") == Picture(width: 3, height: 2))
  }

  @Test("a chunk whose length reaches beyond the file is named")
  func chunkLength() throws {
    var file = try #require(DecodingTests.kinds)["file/rgb8"].bytes
    file[33] = 0x7F
    let error = #expect(throws: ByteError.self) { try Picture(of: file, "a.png") }
    #expect(error?.field == "data of chunk 'IDAT'" && error?.offset == 41)
  }
}

/// A PNG of 8-bit colours with this compressed data, right or wrong.
private func png(width: Int, height: Int, compressed: [UInt8]) -> [UInt8] {
  let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", compressed)
    + chunk("IEND", [])
}

private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + data
  // The CRC of PNG 1.2, appendix D, bit by bit.
  let sum = body.reduce(UInt32.max) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
  }
  return bigEndian(data.count) + body + bigEndian(Int(~sum))
}

private func bigEndian(_ value: Int) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
}

/// The generator of Steele, Lea and Flood (OOPSLA 2014): small, and the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
