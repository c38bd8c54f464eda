import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("npz archives")
struct NPZArchiveTests {
  private static let path = Repository.fixtures.appending(path: "traces/arrays.npz").path

  @Test("arrays of every type come back with numpy's numbers, stored or deflated")
  func types() throws {
    let archive = try NPZArchive(path: Self.path)
    #expect(archive.names.count == 15)
    for type in ElementType.allCases where archive.names.contains("types/\(type.rawValue)") {
      let tensor = try #require(try archive.tensor(named: "types/\(type.rawValue)"))
      #expect(tensor.elementType == type)
      #expect(tensor.shape == [2, 3])
      let expected: [Double] = type == .bool ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]
      #expect(tensor.converted(to: Double.self) == expected, "\(type)")
    }
  }

  @Test("a scalar has no dimensions, an empty array no elements, and a head is known without them")
  func shapes() throws {
    let archive = try NPZArchive(path: Self.path)
    #expect(try archive.tensor(named: "scalar")?.converted(to: Double.self) == [2.5])
    #expect(try archive.tensor(named: "scalar")?.shape == [])
    #expect(try archive.header(of: "empty")?.shape == [0, 4])
    #expect(try archive.tensor(named: "nowhere") == nil)
  }

  @Test("the text 'meta' is the archive's metadata, and no tensor")
  func metadata() throws {
    let archive = try NPZArchive(path: Self.path)
    #expect(
      archive.metadata == ["framework": "MXNet", "version": "1.9.1", "flushToZero": "false", "seed": "7"])
    #expect(!archive.names.contains("meta"))
  }

  /// Reads everything of a file; a typed error is as good as a reading.
  private func readAll(_ bytes: Data, _ file: URL) throws {
    try bytes.write(to: file)
    do {
      let archive = try NPZArchive(path: file.path)
      for name in archive.names { _ = try archive.tensor(named: name) }
    } catch {
      // Typed: nothing else can be thrown.
    }
  }

  @Test("a truncated archive is a typed error, wherever it ends")
  func truncated() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.path))
    let file = folder.appending(path: "cut.npz")
    for count in stride(from: 0, to: bytes.count, by: 7) {
      try bytes.prefix(count).write(to: file)
      #expect(throws: FormatError.self) { _ = try NPZArchive(path: file.path) }
    }
  }

  @Test("a flipped byte is a typed error or a reading, never a trap")
  func flipped() throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.path))
    let file = folder.appending(path: "flipped.npz")
    for index in stride(from: 0, to: bytes.count, by: 3) {
      var damaged = bytes
      damaged[index] ^= 0xFF
      try readAll(damaged, file)
    }
  }

  @Test("a number that changed on its way is told by the archive's CRC", arguments: [64, 100_000])
  func changedNumbers(count: Int) throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count),), }"
    let text = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let member =
      Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8)) + Data(count: 4 * count)
    var bytes = StoredZip.data(["x.npy": member])
    let file = folder.appending(path: "changed.npz")
    try bytes.write(to: file)
    #expect(try NPZArchive(path: file.path).tensor(named: "x")?.shape == [count])
    // A member stands behind its name; all of its numbers are zeros.
    let numbers = 30 + 5 + 128
    for place in [numbers, numbers + 100, numbers + 4 * count - 1] {
      bytes[place] ^= 0x40
      try bytes.write(to: file)
      #expect(throws: FormatError.self) { _ = try NPZArchive(path: file.path).tensor(named: "x") }
      bytes[place] ^= 0x40
    }
  }

  @Test(
    "a description that is not read says what to do",
    arguments: [
      ("'descr': '>f4', 'fortran_order': False, 'shape': (1,), ", "newbyteorder"),
      ("'descr': '|O', 'fortran_order': False, 'shape': (1,), ", "object arrays"),
      ("'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), ", "ascontiguousarray"),
      ("'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), ", "shape"),
      ("'descr': '<f4', 'fortran_order': False, 'shape': (3,), ", "needs"),
    ])
  func refused(description: String, words: String) throws {
    let folder = try Repository.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var array = Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0])
    let text = Data("{\(description)}\n".utf8)
    array.append(contentsOf: [UInt8(text.count & 255), UInt8(text.count >> 8)])
    array += text + Data(count: 4)
    let file = folder.appending(path: "x.npz")
    try StoredZip.data(["x.npy": array]).write(to: file)
    let error = #expect(throws: FormatError.self) { _ = try NPZArchive(path: file.path) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("x.npy") == true)
  }
}

/// A zip archive of stored members, written here so that a test can lie in it.
enum StoredZip {
  static func data(_ members: [String: Data]) -> Data {
    var file = Data()
    var directory = Data()
    for (name, content) in members.sorted(by: { $0.key < $1.key }) {
      let offset = UInt32(file.count)
      var common = Data()
      for field: UInt16 in [20, 0, 0] { common += little(field) }
      for field: UInt32 in [0x21_0000, crc32(content), UInt32(content.count), UInt32(content.count)] {
        common += little(field)
      }
      for field: UInt16 in [UInt16(name.utf8.count), 0] { common += little(field) }
      file += little(UInt32(0x0403_4B50))
      file += common + Data(name.utf8) + content
      directory += little(UInt32(0x0201_4B50))
      directory += little(UInt16(20)) + common
      directory += Data(count: 10) + little(offset) + Data(name.utf8)
    }
    var end = little(UInt32(0x0605_4B50)) + Data(count: 4)
    for field in [UInt16(members.count), UInt16(members.count)] { end += little(field) }
    for field in [UInt32(directory.count), UInt32(file.count)] { end += little(field) }
    return file + directory + end + Data(count: 2)
  }

  private static func little<T: FixedWidthInteger>(_ value: T) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static func crc32(_ data: Data) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in data {
      crc ^= UInt32(byte)
      for _ in 0..<8 {
        let carry: UInt32 = crc & 1 == 1 ? 0xEDB8_8320 : 0
        crc = (crc >> 1) ^ carry
      }
    }
    return ~crc
  }
}
