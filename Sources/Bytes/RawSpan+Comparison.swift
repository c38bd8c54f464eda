#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension RawSpan {
  /// Where the bytes first differ from others of the same count; nil where they do not.
  ///
  /// - Precondition: both have as many bytes.
  package func firstDifference(from other: RawSpan) -> Int? {
    precondition(byteCount == other.byteCount, "\(byteCount) bytes and \(other.byteCount)")
    // SAFETY: both buffers have `byteCount` bytes and are read inside the closures alone.
    return unsafe withUnsafeBytes { mine in
      unsafe other.withUnsafeBytes { theirs in
        guard let a = mine.baseAddress, let b = theirs.baseAddress,
          unsafe memcmp(a, b, mine.count) != 0
        else { return nil }
        return mine.indices.first { unsafe mine[$0] != theirs[$0] }
      }
    }
  }

  /// Where the first byte is that is not zero; nil where there is none.
  package var firstNonzero: Int? {
    // SAFETY: the buffer is read inside the closure alone.
    unsafe withUnsafeBytes { bytes in bytes.indices.first { unsafe bytes[$0] != 0 } }
  }
}
