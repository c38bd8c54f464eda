import Bytes
import Formats
import Foundation
import Graphs
import TestSupport

/// The bytes of a list of arrays, put together field by field.
struct ListBytes {
  var bytes: [UInt8] = []

  /// A list's head: magic, reserved word, number of arrays.
  init(arrays count: UInt64) {
    put(UInt64(0x112), UInt64(0), count)
  }

  mutating func put<T: FixedWidthInteger>(_ values: T...) {
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
  }

  /// A shape of `i32` rank and `i64` dimensions.
  mutating func shape(_ dimensions: Int...) {
    put(Int32(dimensions.count))
    for dimension in dimensions { put(Int64(dimension)) }
  }

  /// The head of a dense array of version 2: all before its elements.
  mutating func dense(_ dimensions: Int..., flag: Int32 = 0) {
    put(0xF993_FAC9 as UInt32)
    put(0 as Int32, Int32(dimensions.count))
    for dimension in dimensions { put(Int64(dimension)) }
    put(1 as Int32, 0, flag)
  }

  /// A sparse array's head up to its type flag.
  mutating func sparse(storage: Int32, stored: [Int], shape: [Int]) {
    put(0xF993_FAC9 as UInt32)
    put(storage, Int32(stored.count))
    for dimension in stored { put(Int64(dimension)) }
    put(Int32(shape.count))
    for dimension in shape { put(Int64(dimension)) }
    put(1 as Int32, 0, 0)
  }

  mutating func names(_ names: String...) {
    put(UInt64(names.count))
    for name in names {
      put(UInt64(name.utf8.count))
      bytes += Array(name.utf8)
    }
  }
}

extension Scratch {
  /// What reading these bytes says, without the folder's name.
  func refusal(of bytes: [UInt8], _ name: String = "w.params") throws -> String {
    let path = try file(bytes, name)
    do {
      _ = try FormatTable.read(path: path)
      return "read"
    } catch {
      return error.description.replacing(folder.path + "/", with: "")
    }
  }
}
