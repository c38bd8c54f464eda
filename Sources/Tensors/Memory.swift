internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Zeroed bytes on a 64-byte boundary, freed with the last reference.
///
/// Large ones come from the system as zeros, on large pages where it has them: whoever first touches a part pays
/// for that part alone.
@safe
package final class Memory: @unchecked Sendable {
  // SAFETY: written only through `withMutableBytes`, whose callers own the memory or write disjoint parts;
  // freed only in deinit.
  private let base: UnsafeMutableRawPointer
  /// Bytes that the system mapped; 0 where the allocator gave them.
  private let mappedByteCount: Int
  /// Whether its bytes may be lent to the next owner as they are.
  private let isLent: Bool
  package let byteCount: Int

  /// Bytes of the machine's memory: more can never be had.
  package static let largest: Int =
    max(1, Int(sysconf(Int32(_SC_PHYS_PAGES)))) * Int(sysconf(Int32(_SC_PAGESIZE)))

  /// - Precondition: `byteCount` is not negative; a count from a file has been checked against a limit.
  package convenience init(byteCount: Int) { self.init(byteCount, isLent: false) }

  /// Memory whose bytes are anything, for who writes them all: where it is large, some that was freed before, so that
  /// the system need not zero it again.
  ///
  /// - Precondition: as for `init(byteCount:)`.
  package convenience init(writtenByteCount byteCount: Int) { self.init(byteCount, isLent: true) }

  private init(_ byteCount: Int, isLent: Bool) {
    precondition(byteCount >= 0, "\(byteCount)")
    self.byteCount = byteCount
    self.isLent = isLent
    if byteCount >= (isLent ? Self.lent : Self.largePages) {
      if isLent, let block = Self.freed.withLock({ $0.take(byteCount) }) {
        unsafe base = block.base
        mappedByteCount = block.byteCount
        return
      }
      if let pages = unsafe Self.map(byteCount) {
        unsafe base = pages
        mappedByteCount = byteCount
        return
      }
    }
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
    mappedByteCount = 0
    if !isLent { unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount) }
  }

  deinit {
    if mappedByteCount == 0 { return unsafe base.deallocate() }
    guard isLent else {
      unsafe munmap(base, mappedByteCount)
      return
    }
    let block = unsafe FreedBlock(base: base, byteCount: mappedByteCount)
    for dropped in Self.freed.withLock({ $0.put(block) }) { unsafe munmap(dropped.base, dropped.byteCount) }
  }

  private static let freed = Mutex(FreedBlocks())

  /// Bytes from which on freed memory is kept for the next owner: smaller ones the allocator keeps itself.
  private static let lent = 1 << 19

  /// Bytes from which on memory is mapped, and the boundary that it then stands on: two of Linux's large pages.
  private static let largePages = 1 << 22

  /// Zeros from the system; nil where it has none.
  private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let boundary = largePages / 2
    // SAFETY: the mapping is as long as asked for; what lies before the boundary and behind the end is given back,
    // and the rest is nobody else's.
    let (length, overflows) = byteCount.addingReportingOverflow(boundary)
    guard !overflows,
      let raw = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
      unsafe raw != MAP_FAILED
    else { return nil }
    let ahead = (boundary - Int(bitPattern: raw) % boundary) % boundary
    let base = unsafe raw + ahead
    if ahead > 0 { unsafe munmap(raw, ahead) }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let end = (byteCount + page - 1) / page * page
    if length - ahead > end { unsafe munmap(base + end, length - ahead - end) }
    #if canImport(Glibc)
      unsafe madvise(base, byteCount, MADV_HUGEPAGE)
    #endif
    return unsafe base
  }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // SAFETY: the memory outlives `self`, which the result borrows.
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// Where a byte stands, as long as the memory lives.
  ///
  /// - Precondition: it is one of the memory, or the end.
  func address(of byte: Int) -> UnsafeRawPointer {
    // SAFETY: the caller's.
    unsafe UnsafeRawPointer(base + byte)
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

/// A mapping that nobody uses.
@safe
private struct FreedBlock: Sendable {
  // SAFETY: its one owner is who holds the block.
  nonisolated(unsafe) let base: UnsafeMutableRawPointer
  let byteCount: Int
}

/// The blocks that were freed last, for the next memory of about their size.
private struct FreedBlocks: Sendable {
  private var blocks: [FreedBlock] = []

  /// What may lie idle.
  private static let mostBlocks = 64
  private static let mostBytes = 3 << 27

  /// The smallest block of at least so many bytes, and at most twice as many.
  mutating func take(_ byteCount: Int) -> FreedBlock? {
    let fitting = blocks.indices.filter {
      blocks[$0].byteCount >= byteCount && blocks[$0].byteCount / 2 <= byteCount
    }
    return fitting.min { blocks[$0].byteCount < blocks[$1].byteCount }.map { blocks.remove(at: $0) }
  }

  /// - Returns: the oldest ones that are now too many.
  mutating func put(_ block: FreedBlock) -> [FreedBlock] {
    blocks.append(block)
    var dropped: [FreedBlock] = []
    while blocks.count > Self.mostBlocks || blocks.reduce(0, { $0 + $1.byteCount }) > Self.mostBytes {
      dropped.append(blocks.removeFirst())
    }
    return dropped
  }
}
