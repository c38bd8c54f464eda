import Synchronization
import Tensors
import Testing

/// Digests of many tensors, by the processor's instructions and by the library.
@Suite("Hashing of tensors")
struct HashingTests {
  private static let ways = PairedSHA256Hasher.hasInstructions ? [true, false] : [false]

  private static func tensor(_ count: Int) -> Tensor {
    Tensor(.uint8, [count]) { bytes in
      for index in 0..<count {
        bytes.storeBytes(
          of: UInt8(truncatingIfNeeded: count &* 31 &+ index), toByteOffset: index, as: UInt8.self)
      }
    }
  }

  @Test(
    "gives each tensor's digest and counts every byte once, whatever their lengths and however many threads",
    arguments: ways, [1, 2, 3, 16])
  func lengths(usesInstructions: Bool, threads: Int) {
    for counts in [
      [], [0], [0, 0], [100], [64, 0, 65], [3 << 20, 1 << 20, 63, 1 << 20 | 1, 0, 1 << 21, 7, 128],
    ] {
      let tensors = counts.map(Self.tensor)
      let counted = Mutex(0)
      let hashing = Hashing(tensors, usesInstructions: usesInstructions) { byteCount in
        counted.withLock { $0 += byteCount }
        return true
      }
      let threads = Threads(threads)
      threads.forEach(hashing.workerCount(threads)) { _, _ in hashing.run() }
      #expect(hashing.digests == tensors.map { Digest(of: $0.bytes) }, "\(counts)")
      #expect(counted.withLock { $0 } == counts.reduce(0, +), "\(counts)")
    }
  }

  @Test("ends after a piece where it is not to go on", arguments: ways)
  func end(usesInstructions: Bool) {
    let tensors = [5 << 20, 3 << 20, 10].map(Self.tensor)
    let pieces = Mutex<[Int]>([])
    let hashing = Hashing(tensors, usesInstructions: usesInstructions) { byteCount in
      pieces.withLock { $0.append(byteCount) }
      return false
    }
    hashing.run()
    #expect(pieces.withLock { $0 } == [usesInstructions ? 2 << 20 : 1 << 20])
    #expect(hashing.digests == [.zero, .zero, .zero])
  }

  @Test("says how far it is, up to the end")
  func progress() {
    let tensors = [1 << 20, 100, 3 << 20].map(Self.tensor)
    let last = Mutex((done: 0, total: 0))
    let digests = Hashing.digests(of: tensors, on: Threads(1)) { done, total in
      last.withLock { $0 = (done, total) }
    }
    #expect(digests == tensors.map { Digest(of: $0.bytes) })
    #expect(last.withLock { $0 } == (1 << 22 | 100, 1 << 22 | 100))
  }
}
