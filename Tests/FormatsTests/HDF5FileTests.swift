import Formats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("HDF5 files")
struct HDF5FileTests {
  /// The same datasets in the oldest layout and in that of HDF5 1.10, in which all but the elements has checksums.
  static let paths = ["arrays.h5", "arrays-1.10.h5"].map {
    Repository.fixtures.appending(path: "traces/\($0)").path
  }
  private static let path = paths[0]

  @Test("datasets of every type come back with h5py's numbers", arguments: paths)
  func types(path: String) throws {
    let file = try HDF5File(path: path)
    for type in ElementType.allCases where file.names.contains("types/\(type.rawValue)") {
      let tensor = try #require(try file.tensor(named: "types/\(type.rawValue)"))
      #expect(tensor.elementType == type)
      #expect(tensor.shape == [2, 3])
      let expected: [Double] = type == .bool ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]
      #expect(tensor.converted(to: Double.self) == expected, "\(type)")
    }
    #expect(file.names.filter { $0.hasPrefix("types/") }.count == 14)
    #expect(
      try file.tensor(named: "types/big_endian")?.elements(as: Float.self) == [0, 1, 2, 3, 4, 5])
  }

  @Test("a scalar has no dimensions, an empty dataset no elements, and a text is no tensor")
  func shapes() throws {
    let file = try HDF5File(path: Self.path)
    #expect(try file.tensor(named: "scalar")?.elements(as: Float.self) == [2.5])
    #expect(try file.tensor(named: "scalar")?.shape == [])
    #expect(try file.tensor(named: "empty")?.shape == [0, 4])
    #expect(file.header(of: "note") == nil)
    #expect(file.names.contains("activations/a%2Fb"))
  }

  @Test("pieces come together, plain, deflated, shuffled and with sums", arguments: paths)
  func pieces(path: String) throws {
    let file = try HDF5File(path: path)
    let names = file.names.filter { $0.hasPrefix("pieces/") }
    #expect(names.count == 5)
    for name in names {
      #expect(try file.tensor(named: name)?.elements(as: Float.self) == (0..<77).map(Float.init), "\(name)")
    }
  }

  @Test("attributes of the root are the file's metadata: texts, numbers and booleans")
  func metadata() throws {
    #expect(
      try HDF5File(path: Self.path).metadata == [
        "framework": "MXNet", "version": "1.9.1", "flushToZero": "false", "seed": "7", "scale": "0.5",
      ])
  }

  @Test("several threads read one file at once")
  func threads() throws {
    let file = try HDF5File(path: Self.path)
    let right = Threads(4).map(64) { _ in
      (try? file.tensor(named: "pieces/summed"))?.elements(as: Float.self) == (0..<77).map(Float.init)
    }
    #expect(right.allSatisfy { $0 })
  }

  /// Each file that h5py wrote to do harm, and what the error says of it.
  static let hostile: [(name: String, words: String)] = [
    ("external_link", "link"), ("soft_link", "link"), ("soft_loop", "link"),
    ("group_loop", "another name"), ("root_loop", "another name"), ("deep", "inside one another"),
    ("compound", "other elements"), ("lengths", "other elements"), ("opaque", "other elements"),
    ("no_space", "no shape"), ("lzf", "filter 32000"), ("scale_offset", "filter 6"),
    ("unwritten", "its shape [1048576, 262144] needs"), ("unwritten_pieces", "needs"),
    ("external_storage", "another file"), ("virtual", "virtual"), ("bomb", "its piece 0"),
    ("short_piece", "its piece 0"), ("cut_piece", "its piece 0"), ("skipped_filter", "its piece 0"),
    ("short_sum", "needs 1024"),
  ]

  @Test("what reaches beyond the file, loops, lies or swells is refused by name", arguments: hostile)
  func refused(name: String, words: String) throws {
    let archive = try NPZArchive(path: Repository.fixtures.appending(path: "traces/hostile_hdf5.npz").path)
    #expect(archive.names.count == Self.hostile.count)
    let scratch = try Scratch()
    let bytes = try #require(try archive.tensor(named: name)).elements(as: UInt8.self)
    let path = try scratch.file(bytes, "x.h5")
    let error = #expect(throws: FormatError.self) {
      let file = try HDF5File(path: path)
      for name in file.names { _ = try file.tensor(named: name) }
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("a truncated file is a typed error, wherever it ends", arguments: paths)
  func truncated(path: String) throws {
    let scratch = try Scratch()
    let bytes = try Data(contentsOf: URL(filePath: path))
    for count in stride(from: 0, to: bytes.count, by: 211) {
      let cut = try scratch.file(Array(bytes.prefix(count)), "x.h5")
      #expect(throws: FormatError.self, "\(count)") { _ = try TensorFiles.open(path: cut) }
    }
  }

  @Test("a flipped byte of a file with checksums is a typed error or a reading, never a trap")
  func flipped() throws {
    let scratch = try Scratch()
    // Without checksums libhdf5 1.10 itself may crash: see `HDF5File`.
    let bytes = Array(try Data(contentsOf: URL(filePath: Self.paths[1])))
    for index in stride(from: 0, to: bytes.count, by: 13) {
      var damaged = bytes
      damaged[index] ^= 0xFF
      let path = try scratch.file(damaged, "x.h5")
      do {
        let file = try HDF5File(path: path)
        for name in file.names { _ = try file.tensor(named: name) }
      } catch {
        // Typed: nothing else can be thrown.
      }
    }
  }
}
