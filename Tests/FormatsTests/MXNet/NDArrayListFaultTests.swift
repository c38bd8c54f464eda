import Bytes
import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing

@Suite("Faults of NDArray lists")
struct NDArrayListFaultTests {
  /// What a reader says to a list of one array whose bytes `build` appends.
  private func refusal(_ count: UInt64 = 1, _ build: (inout ListBytes) -> Void) throws -> String {
    var list = ListBytes(arrays: count)
    build(&list)
    return try Scratch().refusal(of: list.bytes)
  }

  @Test("counts that the file has no room for are refused before anything is allocated")
  func counts() throws {
    #expect(
      try refusal(.max) { _ in } == """
        w.params: number of arrays at byte 16: found 18446744073709551615, expected at most 0 in the \
        remaining 0 bytes
        """)
    #expect(
      try refusal(2) { $0.bytes += [UInt8](repeating: 0, count: 7) } == """
        w.params: number of arrays at byte 16: found 2, expected at most 1 in the remaining 7 bytes
        """)
    #expect(
      try refusal {
        $0.dense(0)
        $0.put(1 as UInt64, 1 << 60)
      } == """
        w.params: name of array 0 at byte 64: a name of 1152921504606846976 bytes is beyond the limit of \
        65536 (nameBytes)
        """)
    #expect(
      try refusal {
        $0.dense(0)
        $0.names("a", "b")
      } == "w.params: number of names at byte 56: found 2, expected 0 or 1, as there are arrays")
  }

  @Test("what an array cannot be is named with array, field and byte")
  func arrays() throws {
    #expect(
      try refusal { $0.put(77 as UInt32) } == """
        w.params: array 0 of 1, magic at byte 24: found 0x4d, expected 0xf993fac8 to 0xf993faca, or up to 32 \
        dimensions of a version 0 array
        """)
    #expect(
      try refusal { $0.dense(512, 2048, 3) } == """
        w.params: array 0 of 1, data of shape [512, 2048, 3] at byte 72: needs 12582912 bytes, 0 remain \
        (file truncated?)
        """)
    #expect(
      try refusal { $0.dense(-5) } == """
        w.params: array 0 of 1, shape at byte 32: found [-5], expected dimensions from 0 up whose product can \
        be counted
        """)
    #expect(
      try refusal { $0.dense(1 << 40, 1 << 40) } == """
        w.params: array 0 of 1, shape at byte 32: found [1099511627776, 1099511627776], expected dimensions \
        from 0 up whose product can be counted
        """)
    #expect(
      try refusal { $0.dense(1 << 62, flag: 1) } == """
        w.params: array 0 of 1, data at byte 56: found shape [4611686018427387904], expected bytes that can be \
        counted
        """)
    #expect(
      try refusal { $0.dense(1, flag: 13) } == """
        w.params: array 0 of 1, type flag at byte 52: found 13, expected 0 to 12, a type of MXNet's
        """)
    #expect(
      try refusal { $0.put(0xF993_FAC8 as UInt32, 33) } == """
        w.params: array 0 of 1, shape at byte 28: found 33 dimensions, expected 0 to 32
        """)
    #expect(
      try refusal {
        $0.put(0xF993_FACA as UInt32, 1)
        $0.shape(1)
      } == "w.params: array 0 of 1, storage type at byte 28: found 1, expected 0 (dense) in version 3")
    #expect(
      try refusal {
        $0.put(0xF993_FAC9 as UInt32, .max)
        $0.shape(1)
      } == """
        w.params: array 0 of 1, storage type at byte 28: found -1, expected 0 (dense), 1 (row_sparse) or 2 (csr)
        """)
  }

  @Test("names that repeat or are no UTF-8 are refused")
  func names() throws {
    #expect(
      try refusal(2) {
        $0.dense(0)
        $0.dense(0)
        $0.names("x", "x")
      } == "w.params: name of array 1 at byte 105: found 'x', which array 0 has, expected another name")
    #expect(
      try refusal {
        $0.dense(0)
        $0.put(1 as UInt64, 3)
        $0.bytes += [0x61, 0xFF, 0x61]
      } == "w.params: name of array 0 at byte 73: found bytes that are not UTF-8, expected a UTF-8 text")
  }

  @Test("indices of sparse arrays are checked, which MXNet does not do")
  func sparse() throws {
    func rows(_ rows: Int64..., shape: [Int] = [6, 1]) throws -> String {
      try refusal { list in
        list.sparse(storage: 1, stored: [rows.count, 1], shape: shape)
        list.put(6 as Int32)
        list.shape(rows.count)
        for _ in rows { list.put(0 as Float32.RawSignificand) }
        for row in rows { list.put(row) }
        list.names("s")
      }
    }
    #expect(try rows(1, 4) == "read")
    #expect(
      try rows(1, 6) == """
        w.params: array 's' (row_sparse) at byte 116: found row number 6 behind 1, expected rising numbers \
        below 6
        """)
    #expect(
      try rows(4, 1) == """
        w.params: array 's' (row_sparse) at byte 116: found row number 1 behind 4, expected rising numbers \
        below 6
        """)
    #expect(
      try rows(-1) == """
        w.params: array 's' (row_sparse) at byte 104: found row number -1, expected rising numbers below 6
        """)
    #expect(
      try rows(0, shape: [1 << 40, 1]) == """
        w.params: array 's' (row_sparse) at byte 100: dense shape [1099511627776, 1] is beyond the limit of \
        67110928 (densifiedBytes)
        """)
    #expect(
      try rows(0, shape: [6, 2]) == """
        w.params: array 's' (row_sparse) at byte 100: found values [1, 1] and row numbers [1] for shape [6, 2], \
        expected as many rows of values as row numbers, as long as the shape's
        """)
  }

  @Test("row pointers of a csr array rise from 0 to its values")
  func pointers() throws {
    func csr(_ pointers: Int64..., columns: [Int64]) throws -> String {
      try refusal { list in
        list.sparse(storage: 2, stored: [columns.count], shape: [2, 4])
        list.put(6 as Int32)
        list.shape(pointers.count)
        list.put(6 as Int32)
        list.shape(columns.count)
        for _ in columns { list.put(0 as UInt32) }
        for number in pointers + columns { list.put(number) }
        list.names("c")
      }
    }
    #expect(try csr(0, 1, 2, columns: [3, 0]) == "read")
    let message = "w.params: array 'c' (csr) at byte "
    let rising = ", expected pointers that rise from 0 to 2, the values"
    #expect(try csr(1, 1, 2, columns: [3, 0]) == message + "116: found row pointer 1" + rising)
    #expect(try csr(0, 3, 2, columns: [3, 0]) == message + "124: found row pointer 3" + rising)
    #expect(try csr(0, 1, 1, columns: [3, 0]) == message + "132: found row pointer 1" + rising)
    #expect(
      try csr(0, 1, 2, columns: [4, 0]) == message
        + "140: found column number 4, expected rising numbers below 4")
    #expect(
      try csr(0, 2, columns: [1, 0]) == message
        + "108: found values [2], row pointers [2], columns [2] for shape [2, 4], "
        + "expected two dimensions, a pointer more than rows, as many columns as values")
  }

  private static let fixtures = [
    "v0_dict", "v1_list", "mixed_versions", "saved_dict", "saved_npx", "saved_sparse", "v2_none",
    "unicode_names",
  ]

  @Test("every prefix of a list is refused with a typed error", arguments: fixtures)
  func truncation(name: String) throws {
    let bytes = try fixture(name)
    let scratch = try Scratch()
    for count in 0..<bytes.count {
      let path = try scratch.file(Array(bytes[..<count]))
      #expect(throws: FormatError.self, "\(count) bytes") {
        try MXNetCheckpoint.read(.init(path: path), .init())
      }
    }
  }

  @Test("every flipped bit gives a typed error or a well-formed reading", arguments: fixtures)
  func flips(name: String) throws {
    let bytes = try fixture(name)
    let scratch = try Scratch()
    let path = try scratch.file(bytes)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    func set(_ byte: UInt8, at place: Int) throws {
      try file.seek(toOffset: UInt64(place))
      try file.write(contentsOf: Data([byte]))
    }
    for place in bytes.indices {
      defer { try? set(bytes[place], at: place) }
      for bit in 0..<8 {
        try set(bytes[place] ^ 1 << bit, at: place)
        do throws(FormatError) {
          for tensor in try FormatTable.read(path: path).tensors.values {
            #expect(tensor.byteCount == tensor.elementType.byteCount(of: tensor.shape.count))
          }
        } catch {
          #expect(error.blame == .content)
        }
      }
    }
  }

  private func fixture(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Repository.fixtures.appending(path: "mxnet/\(name).params")))
  }
}
