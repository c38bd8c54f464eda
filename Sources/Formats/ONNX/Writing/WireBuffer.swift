/// Writes the fields of one protobuf message, in the order in which they are asked for (Protocol Buffers,
/// "Encoding").
struct WireBuffer {
  private(set) var bytes: [UInt8] = []

  /// Seven bits a byte, the lowest first.
  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: Int) {
    varint(field << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func float(_ field: UInt64, _ value: Float) {
    varint(field << 3 | 5)
    fixed32(value.bitPattern)
  }

  private mutating func fixed32(_ bits: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }

  /// The key and the length of a run of bytes that is written elsewhere.
  mutating func announce(_ field: UInt64, byteCount: Int) {
    varint(field << 3 | 2)
    varint(UInt64(byteCount))
  }

  mutating func run(_ field: UInt64, _ content: [UInt8]) {
    announce(field, byteCount: content.count)
    bytes += content
  }

  mutating func text(_ field: UInt64, _ text: String) { run(field, Array(text.utf8)) }

  /// A text where there is one: protobuf leaves out what is empty.
  mutating func text(ifAny field: UInt64, _ text: String) {
    if !text.isEmpty { self.text(field, text) }
  }

  mutating func message(_ field: UInt64, _ body: (inout WireBuffer) -> Void) {
    var inner = WireBuffer()
    body(&inner)
    run(field, inner.bytes)
  }

  /// One number after the other, without keys between them.
  mutating func packed(_ field: UInt64, _ values: [Float]) {
    var inner = WireBuffer()
    for value in values { inner.fixed32(value.bitPattern) }
    run(field, inner.bytes)
  }

  mutating func packed(_ field: UInt64, _ values: [Int]) {
    var inner = WireBuffer()
    for value in values { inner.varint(UInt64(bitPattern: Int64(value))) }
    run(field, inner.bytes)
  }

  mutating func raw(_ content: [UInt8]) { bytes += content }

  /// A `StringStringEntryProto`.
  mutating func entry(_ field: UInt64, _ key: String, _ value: String) {
    message(field) {
      $0.text(1, key)
      $0.text(2, value)
    }
  }
}
