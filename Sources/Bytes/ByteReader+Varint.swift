extension ByteReader {
  /// A number in protobuf's base 128, seven bits a byte, low bits first.
  ///
  /// - Parameter isShortest: whether bytes that add nothing are refused.
  /// - Throws: `ByteError.truncated`, or `.content` where it has more than 64 bits or is longer than it need be.
  @_lifetime(self: copy self)
  package mutating func varint(
    isShortest: Bool = false, _ field: @autoclosure () -> String
  ) throws(ByteError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try read(UInt8.self, field())
      guard shift < 63 || byte <= 1 else {
        throw error(.content(found: "a number of more than 64 bits", expected: "at most 64"), field())
      }
      value |= UInt64(byte & 0x7F) << shift
      guard byte >= 0x80 else {
        if isShortest, byte == 0, shift > 0 {
          throw error(
            .content(found: "a number with idle bytes", expected: "its shortest form"), field())
        }
        return value
      }
      shift += 7
    }
  }
}
