internal import Dispatch
internal import Synchronization

/// The one helper of parallel work: independent pieces, shared among a fixed number of threads.
///
/// The pieces never depend on how many threads there are, so results do not either.
package struct Threads: Sendable {
  /// At least 1.
  package let count: Int

  package init(_ count: Int) { self.count = max(1, count) }

  /// Runs `body` once for every piece `0..<pieces`; returns when all are done.
  ///
  /// - Parameter body: gets the piece, and which of at most `count` workers runs it, for scratch memory.
  package func forEach(_ pieces: Int, _ body: @Sendable (_ piece: Int, _ worker: Int) -> Void) {
    let workers = min(count, pieces)
    if workers <= 1 {
      for piece in 0..<max(0, pieces) { body(piece, 0) }
      return
    }
    // A counter shares uneven pieces better than a fixed stride would.
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if piece >= pieces { return }
        body(piece, worker)
      }
    }
  }
}
