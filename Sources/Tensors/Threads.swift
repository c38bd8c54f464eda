internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The one helper of parallel work: independent pieces, shared among a fixed number of threads.
///
/// The pieces never depend on how many threads there are, so results do not either.
package struct Threads: Sendable {
  /// At least 1.
  package let count: Int

  package init(_ count: Int) { self.count = max(1, count) }

  /// One for each processor that is there.
  package static var available: Threads { Threads(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

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
    let counter = PieceCounter()
    withoutActuallyEscaping(body) { body in
      Helper.run(with: workers - 1) { worker in
        while let piece = counter.next(of: pieces) { body(piece, worker) }
      }
    }
  }

  /// The results of `body` for every piece `0..<pieces`, in their order.
  package func map<R: Sendable>(_ pieces: Int, _ body: @Sendable (_ piece: Int) -> R) -> [R] {
    let results = Mutex<[R?]>(Array(repeating: nil, count: max(0, pieces)))
    forEach(pieces) { piece, _ in
      let result = body(piece)
      results.withLock { $0[piece] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}

private final class PieceCounter: Sendable {
  private let count = Atomic<Int>(0)

  /// The next piece that nobody has taken.
  func next(of pieces: Int) -> Int? {
    let piece = count.wrappingAdd(1, ordering: .relaxed).oldValue
    return piece < pieces ? piece : nil
  }
}
