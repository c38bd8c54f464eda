internal import Bytes
internal import Synchronization
internal import Tensors

/// Says how many bytes of how many are done; called from several threads.
package typealias ByteProgress = @Sendable (_ done: Int, _ total: Int) -> Void

/// Bytes that several threads hash, compare or copy block by block, with one count of what is done and one first error.
final class BlockWork: Sendable {
  /// Bytes of a block: after each the count is told, and whether another piece has failed.
  private static let blockByteCount = 1 << 20

  private let total: Int
  private let shown: Int
  private let progress: ByteProgress?
  private let done = Atomic<Int>(0)
  private let failed = Atomic<Bool>(false)
  private let failure = Mutex<FormatError?>(nil)

  /// - Parameters:
  ///   - total: bytes of all work, those that are worked on twice counted twice.
  ///   - shown: what people are told that all of it is.
  init(total: Int, shown: Int, progress: ByteProgress?) {
    self.total = max(total, 1)
    self.shown = shown
    self.progress = progress
  }

  /// Whether a piece has failed, so that the others need not go on.
  private var hasFailed: Bool { failed.load(ordering: .relaxed) }

  /// Runs a piece of the work, unless another has failed.
  func attempt(_ body: () throws(FormatError) -> Void) {
    guard !hasFailed else { return }
    do { try body() } catch {
      failed.store(true, ordering: .relaxed)
      failure.withLock { if $0 == nil { $0 = error } }
    }
  }

  /// - Throws: what the first piece that failed threw.
  func finish() throws(FormatError) {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Gives the bytes in blocks to `body`, until another piece fails.
  func forEachBlock<E: Error>(
    of bytes: RawSpan, _ body: (RawSpan, _ offset: Int) throws(E) -> Void
  ) throws(E) {
    var offset = 0
    while offset < bytes.byteCount, !hasFailed {
      let end = min(offset + Self.blockByteCount, bytes.byteCount)
      try body(bytes.extracting(offset..<end), offset)
      count(end - offset)
      offset = end
    }
  }

  /// The hashing of tensors as a part of this work.
  func hashing(_ messages: [Tensor]) -> Hashing {
    Hashing(messages) { byteCount in
      self.count(byteCount)
      return !self.hasFailed
    }
  }

  private func count(_ bytes: Int) {
    let done = done.add(bytes, ordering: .relaxed).newValue
    guard let progress else { return }
    progress(Int(Double(done) / Double(total) * Double(shown)), shown)
  }
}
