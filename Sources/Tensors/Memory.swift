#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Zeroed bytes on a 64-byte boundary, freed with the last reference.
@safe
package final class Memory: @unchecked Sendable {
  // SAFETY: written only through `withMutableBytes`, whose callers own the memory or write disjoint parts;
  // freed only in deinit.
  private let base: UnsafeMutableRawPointer
  package let byteCount: Int

  /// Bytes of the machine's memory: more can never be had.
  package static let largest: Int =
    max(1, Int(sysconf(Int32(_SC_PHYS_PAGES)))) * Int(sysconf(Int32(_SC_PAGESIZE)))

  /// - Precondition: `byteCount` is not negative; a count from a file has been checked against a limit.
  package init(byteCount: Int) {
    precondition(byteCount >= 0, "\(byteCount)")
    self.byteCount = byteCount
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { unsafe base.deallocate() }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the memory outlives `self`, which the result borrows.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Gives the bytes for writing.
  ///
  /// - Precondition: nobody else reads or writes the same bytes meanwhile.
  package func withMutableBytes<R, E: Error>(
    _ body: (inout MutableRawSpan) throws(E) -> R
  ) throws(E) -> R {
    // SAFETY: the memory outlives the call; exclusiveness is the caller's.
    var span = unsafe MutableRawSpan(_unsafeStart: base, byteCount: byteCount)
    return try body(&span)
  }

  /// Gives part of the bytes as elements for writing.
  ///
  /// - Precondition: the elements lie in the memory on a boundary of their type, and nobody else reads or
  ///   writes them meanwhile.
  func withMutableElements<T: BitwiseCopyable, R, E: Error>(
    of type: T.Type, byteOffset: Int, count: Int, _ body: (inout MutableSpan<T>) throws(E) -> R
  ) throws(E) -> R {
    let size = MemoryLayout<T>.stride
    precondition(
      byteOffset >= 0 && count >= 0 && byteOffset <= byteCount && count <= (byteCount - byteOffset) / size
        && byteOffset % MemoryLayout<T>.alignment == 0,
      "\(count) elements at byte \(byteOffset) of \(byteCount)")
    // SAFETY: in bounds and aligned as just checked, any bits are an element, and the memory outlives the
    // call; exclusiveness is the caller's.
    var span = unsafe MutableSpan<T>(
      _unsafeStart: (base + byteOffset).assumingMemoryBound(to: T.self), count: count)
    return try body(&span)
  }
}
