/// A checked little-endian cursor over borrowed bytes: every read names its field, every error its place.
package struct ByteReader: ~Escapable {
  private let bytes: RawSpan
  /// Bytes from the start of the span to the next read.
  package private(set) var position: Int
  /// The file that errors name.
  package let file: String
  /// Where the span starts in the file, in bytes.
  private let origin: Int

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, file: String, origin: Int = 0) {
    self.bytes = bytes
    self.file = file
    self.origin = origin
    position = 0
  }

  package var remaining: Int { bytes.byteCount - position }

  /// Bytes from the start of the file to the next read.
  package var offset: Int { origin + position }

  /// - Throws: `ByteError.truncated` where fewer bytes remain than the integer has.
  @_lifetime(self: copy self)
  package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ field: @autoclosure () -> String
  ) throws(ByteError) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else {
      throw error(.truncated(needed: size, available: remaining), field())
    }
    defer { position += size }
    // SAFETY: `size` bytes remain, and any bits are an integer.
    return unsafe T(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: T.self))
  }

  /// The next bytes, which live as long as those this cursor was made of.
  ///
  /// - Throws: `ByteError.truncated` where fewer remain.
  @_lifetime(copy self)
  package mutating func slice(
    _ count: Int, _ field: @autoclosure () -> String
  ) throws(ByteError) -> RawSpan {
    let start = position
    try skip(count, field())
    return bytes.extracting(start..<position)
  }

  /// Steps over bytes.
  ///
  /// - Throws: `ByteError.truncated` where fewer remain.
  @_lifetime(self: copy self)
  package mutating func skip(_ count: Int, _ field: @autoclosure () -> String) throws(ByteError) {
    precondition(count >= 0, "\(count)")
    guard remaining >= count else {
      throw error(.truncated(needed: count, available: remaining), field())
    }
    position += count
  }

  /// The next bytes as text.
  ///
  /// - Throws: `ByteError.truncated`, or `.content` at the first byte that makes it no stream-safe UTF-8.
  @_lifetime(self: copy self)
  package mutating func text(
    _ count: Int, _ field: @autoclosure () -> String
  ) throws(ByteError) -> String {
    let start = offset
    let run = try slice(count, field())
    do throws(TextFault) {
      return try String(checking: Span<UInt8>(_bytes: run))
    } catch {
      throw ByteError(
        .content(found: error.found, expected: error.expected),
        file: file, offset: start + error.offset, field: field())
    }
  }

  /// An error at the next byte.
  package func error(_ reason: ByteError.Reason, _ field: String) -> ByteError {
    ByteError(reason, file: file, offset: offset, field: field)
  }
}
