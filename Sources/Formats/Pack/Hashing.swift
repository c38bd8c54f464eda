internal import Bytes
internal import Synchronization
internal import Tensors

/// Takes the digests of byte strings on several threads, two at a time on each.
final class Hashing: Sendable {
  private let messages: [Tensor]
  private let work: BlockWork
  /// The longest first, so that no thread is left alone with a long one.
  private let order: [Int]
  private let taken = Atomic<Int>(0)
  private let results: Mutex<[Digest]>

  /// - Parameters:
  ///   - messages: tensors whose bytes are hashed.
  ///   - work: counts their bytes.
  init(_ messages: [Tensor], _ work: BlockWork) {
    self.messages = messages
    self.work = work
    order = messages.indices.sorted { (messages[$1].byteCount, $0) < (messages[$0].byteCount, $1) }
    results = Mutex(Array(repeating: .zero, count: messages.count))
  }

  /// How many can work at it; each calls `run` once.
  func workerCount(_ threads: Threads) -> Int { min(threads.count, (messages.count + 1) / 2) }

  /// By message; zero where the work failed before.
  var digests: [Digest] { results.withLock { $0 } }

  /// Hashes messages until all are taken or the work has failed.
  func run() {
    var readings = [next(), next()].compactMap(\.self)
    while !readings.isEmpty, !work.hasFailed {
      let count = readings.reduce(BlockWork.blockByteCount) { min($0, $1.remainingByteCount) }
      guard count > 0 else {
        readings = readings.compactMap { $0.remainingByteCount > 0 ? $0 : finish($0) }
        continue
      }
      Reading.advance(readings, by: count)
      work.count(count * readings.count)
    }
  }

  private func next() -> Reading? {
    let place = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return place < order.count ? Reading(order[place], messages[order[place]]) : nil
  }

  /// - Returns: the next message.
  private func finish(_ reading: Reading) -> Reading? {
    let (digest, restByteCount) = reading.finish()
    results.withLock { $0[reading.number] = digest }
    work.count(restByteCount)
    return next()
  }
}

/// A message of which a part is hashed.
private final class Reading {
  let number: Int
  private let message: Tensor
  private var offset = 0
  private var hasher = PairedSHA256Hasher()

  init(_ number: Int, _ message: Tensor) {
    self.number = number
    self.message = message
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
  init(bytesOf file: MappedFile, _ range: Range<Int>) {
    self.init(mapped: file, range: range, elementType: .uint8, shape: Shape([range.count]))
  }

  init(bytesOf file: MappedFile) { self.init(bytesOf: file, 0..<file.byteCount) }
}
