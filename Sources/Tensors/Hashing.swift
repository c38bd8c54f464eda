package import Bytes
internal import Synchronization

/// Takes the digests of tensors' bytes on several threads, on each two at a time where the processor can.
package final class Hashing: Sendable {
  /// Bytes that are hashed between two looks at the rest of the world.
  private static let pieceByteCount = 1 << 20

  private let messages: [Tensor]
  /// The longest first, so that no thread is left alone with a long one.
  private let order: [Int]
  private let usesInstructions: Bool
  private let goesOn: @Sendable (_ byteCount: Int) -> Bool
  private let taken = Atomic<Int>(0)
  private let results: Mutex<[Digest]>

  /// - Parameters:
  ///   - usesInstructions: false hashes as where the processor has none.
  ///   - goesOn: hears of each piece's bytes, and says whether to go on.
  /// - Precondition: the processor has the instructions where they are to be used.
  package init(
    _ messages: [Tensor], usesInstructions: Bool = PairedSHA256Hasher.hasInstructions,
    goesOn: @escaping @Sendable (_ byteCount: Int) -> Bool = { _ in true }
  ) {
    self.messages = messages
    self.usesInstructions = usesInstructions
    self.goesOn = goesOn
    order = messages.indices.sorted { (messages[$1].byteCount, $0) < (messages[$0].byteCount, $1) }
    results = Mutex(Array(repeating: .zero, count: messages.count))
  }

  /// The digest of each tensor's bytes.
  ///
  /// - Parameter progress: hears how many bytes of how many are done.
  package static func digests(
    of tensors: [Tensor], on threads: Threads,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) -> [Digest] {
    let total = tensors.reduce(0) { $0 + $1.byteCount }
    let done = Counter()
    let hashing = Hashing(tensors) {
      progress(done.add($0), total)
      return true
    }
    threads.forEach(hashing.workerCount(threads)) { _, _ in hashing.run() }
    return hashing.digests
  }

  /// Messages that a thread hashes at a time.
  private var width: Int { usesInstructions ? 2 : 1 }

  /// How many can work at it; each calls `run` once.
  package func workerCount(_ threads: Threads) -> Int {
    min(threads.count, (messages.count + width - 1) / width)
  }

  /// By message; zero where it was not gone on.
  package var digests: [Digest] { results.withLock { $0 } }

  /// Hashes messages until all are taken, or it is not to go on.
  package func run() {
    var readings = (0..<width).compactMap { _ in next() }
    while !readings.isEmpty {
      let count = readings.reduce(Self.pieceByteCount) { min($0, $1.remainingByteCount) }
      var done = count * readings.count
      if count > 0 {
        Reading.advance(readings, by: count)
      } else {
        readings = readings.compactMap { reading in
          guard reading.remainingByteCount == 0 else { return reading }
          done += finish(reading)
          return next()
        }
      }
      guard goesOn(done) else { return }
    }
  }

  private func next() -> Reading? {
    let place = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    guard place < order.count else { return nil }
    return Reading(order[place], messages[order[place]], usesInstructions: usesInstructions)
  }

  /// - Returns: bytes that were less than a block.
  private func finish(_ reading: Reading) -> Int {
    let (digest, restByteCount) = reading.finish()
    results.withLock { $0[reading.number] = digest }
    return restByteCount
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  /// - Returns: the sum.
  func add(_ number: Int) -> Int { count.wrappingAdd(number, ordering: .relaxed).newValue }
}

/// A message of which a part is hashed.
private final class Reading {
  let number: Int
  private let message: Tensor
  private var offset = 0
  private var hasher: PairedSHA256Hasher

  init(_ number: Int, _ message: Tensor, usesInstructions: Bool) {
    self.number = number
    self.message = message
    hasher = PairedSHA256Hasher(usesInstructions: usesInstructions)
  }

  /// In whole blocks.
  var remainingByteCount: Int {
    let block = PairedSHA256Hasher.blockByteCount
    return (message.byteCount - offset) / block * block
  }

  /// Hashes the next bytes of one message, or of two at once.
  static func advance(_ readings: [Reading], by count: Int) {
    let first = readings[0]
    let message = first.message
    let blocks = message.bytes.extracting(first.offset..<first.offset + count)
    if readings.count > 1 {
      let second = readings[1]
      let other = second.message
      let others = other.bytes.extracting(second.offset..<second.offset + count)
      PairedSHA256Hasher.update(&first.hasher, blocks, &second.hasher, others)
    } else {
      first.hasher.update(blocks)
    }
    for reading in readings { reading.offset += count }
  }

  /// Hashes what is less than a block.
  func finish() -> (digest: Digest, restByteCount: Int) {
    let message = message
    let rest = message.bytes.extracting(offset..<message.byteCount)
    return (hasher.finish(rest), rest.byteCount)
  }
}

extension Tensor {
  /// Bytes of a file, whatever they are.
  ///
  /// - Precondition: they lie in the file.
  package init(bytesOf file: MappedFile, _ range: Range<Int>) {
    self.init(mapped: file, range: range, elementType: .uint8, shape: Shape([range.count]))
  }

  /// All bytes of a file.
  package init(bytesOf file: MappedFile) { self.init(bytesOf: file, 0..<file.byteCount) }
}
