import Synchronization
import Tensors
import Testing

/// Parallel work: each piece once, within other work and beside it, whether helpers are awake or asleep.
struct ThreadsTests {
  @Test(arguments: [1, 2, 3, 64]) func everyPieceIsDoneOnce(count: Int) {
    for pieces in [0, 1, 2, 7, 1000] {
      let done = Threads(count).map(pieces) { $0 }
      #expect(done == Array(0..<pieces))
    }
  }

  @Test func workersAreNumberedBelowTheCount() {
    let largest = Mutex(0)
    Threads(3).forEach(500) { _, worker in largest.withLock { $0 = max($0, worker) } }
    #expect(largest.withLock { $0 } < 3)
  }

  @Test func workMayHaveWorkWithinAndBesideIt() async {
    let total = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<200).reduce(0) { sum, round in
            let inner = Threads(2).map(round % 9) { piece in Threads(3).map(5) { $0 + piece }.reduce(0, +) }
            return sum + inner.reduce(0, +)
          }
        }
      }
      return await group.reduce(0, +)
    }
    let expected = (0..<200).reduce(0) { sum, round in
      sum + (0..<round % 9).reduce(0) { $0 + 10 + 5 * $1 }
    }
    #expect(total == 4 * expected)
  }
}
