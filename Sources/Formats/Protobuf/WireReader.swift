internal import Bytes

/// Walks the fields of one protobuf message without copying (Protocol Buffers, "Encoding").
struct WireReader: ~Escapable {
  /// What stands behind a field's key.
  enum Value {
    case varint(UInt64)
    /// Four bytes, eight bytes, or a length-prefixed run: where they are in the file.
    case fixed32(Range<Int>)
    case fixed64(Range<Int>)
    case run(Range<Int>)
  }

  private var reader: ByteReader

  /// - Precondition: `range` lies in the file.
  @_lifetime(borrow file)
  init(_ file: borrowing MappedFile, _ range: Range<Int>) {
    reader = ByteReader(file.bytes.extracting(range), file: file.path, origin: range.lowerBound)
  }

  /// Bytes from the start of the file to the next key.
  var offset: Int { reader.offset }
  var isAtEnd: Bool { reader.remaining == 0 }

  /// The next field; nil at the end of the message.
  ///
  /// - Throws: `ByteError` where the bytes end too early, or are no field.
  @_lifetime(self: copy self)
  mutating func next() throws(ByteError) -> (number: UInt64, value: Value)? {
    if isAtEnd { return nil }
    let start = offset
    let key = try varint()
    let number = key >> 3
    guard number >= 1, number <= 0x1FFF_FFFF else {
      throw error("field number \(number)", "one from 1 to \(0x1FFF_FFFF)", start)
    }
    switch key & 7 {
    case 0: return (number, .varint(try varint()))
    case 1: return (number, .fixed64(try run(8)))
    case 2: return (number, .run(try run(try varint())))
    case 5: return (number, .fixed32(try run(4)))
    default: throw error("wire type \(key & 7) of field \(number)", "wire type 0, 1, 2 or 5", start)
    }
  }

  /// Seven bits a byte, the lowest first; at most ten bytes.
  @_lifetime(self: copy self)
  mutating func varint() throws(ByteError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try reader.read(UInt8.self, "varint")
      // The tenth byte has one bit left.
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw error("a varint of more than 64 bits", "at most ten bytes", start)
  }

  @_lifetime(self: copy self)
  private mutating func run(_ length: UInt64) throws(ByteError) -> Range<Int> {
    let start = offset
    try reader.skip(Int(clamping: length), "field's content")
    return start..<offset
  }

  private func error(_ found: String, _ expected: String, _ offset: Int) -> ByteError {
    ByteError(.content(found: found, expected: expected), file: reader.file, offset: offset)
  }
}
