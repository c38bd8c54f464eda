import Bytes
import Synchronization
import Tensors

/// Builds protobuf messages and packs byte by byte, right ones and wrong ones.
struct PackBytes {
  var bytes: [UInt8] = []

  init() {}

  init(_ body: (inout PackBytes) -> Void) { body(&self) }

  mutating func append(varint value: UInt64) {
    var value = value
    while value > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  /// A number.
  mutating func append(field: UInt64, number: UInt64) {
    append(varint: field << 3)
    append(varint: number)
  }

  mutating func append(field: UInt64, _ content: [UInt8]) {
    append(varint: field << 3 | 2)
    append(varint: UInt64(content.count))
    bytes += content
  }

  mutating func append(field: UInt64, _ message: PackBytes) { append(field: field, message.bytes) }

  mutating func append(field: UInt64, text: String) { append(field: field, Array(text.utf8)) }

  /// These bytes as the header of a pack, with everything before and behind it right.
  func pack(payload: [UInt8] = []) -> [UInt8] {
    var file: [UInt8] = [0x89, 0x44, 0x43, 0x4E, 0x50, 0x0D, 0x0A, 0x1A, 1, 0, 0, 0]
    for shift in [0, 8, 16, 24] { file.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
    file += Digest(of: bytes.span.bytes).bytes + bytes
    while file.count % 64 != 0 { file.append(0) }
    return file + payload
  }
}

/// The last progress that was reported.
final class LastProgress: Sendable {
  private let last = Mutex<[Int]>([])
  var value: [Int] { last.withLock { $0 } }
  func set(_ done: Int, _ total: Int) {
    // Threads may report in another order than they count.
    last.withLock { if done >= $0.first ?? 0 { $0 = [done, total] } }
  }
}
