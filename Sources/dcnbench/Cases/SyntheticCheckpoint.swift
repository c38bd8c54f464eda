internal import Bytes
internal import Formats
internal import OrderedCollections
internal import Tensors

/// A checkpoint like a trained network's: half of its tensors small, the others of sizes over two decades.
struct SyntheticCheckpoint {
  static let tensorCount = 500
  private static let smallCount = 250
  private static let smallSize = 256

  private let tensors: OrderedDictionary<String, Tensor>

  /// - Parameter floats: elements of all tensors together, about.
  init(floats: Int) {
    var state: UInt64 = 0x1703_0621_1
    // A linear congruential generator: any numbers will do, if they are the same everywhere.
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 32
    }
    var sizes: [Int] = []
    var size = 20_000.0
    for _ in Self.smallCount..<Self.tensorCount {
      sizes.append(Int(size))
      size *= 1.0194  // 120 times larger after 250 steps
    }
    let scale = Double(floats - Self.smallCount * Self.smallSize) / Double(sizes.reduce(0, +))
    sizes = sizes.map { Int(Double($0) * scale) }
    for index in sizes.indices.reversed() { sizes.swapAt(index, Int(next() % UInt64(index + 1))) }
    sizes = Array(repeating: Self.smallSize, count: Self.smallCount) + sizes
    // All tensors are parts of one: the checkpoint's elements need not be in memory at once.
    let memory = Memory(byteCount: 4 * (sizes.max() ?? 0))
    memory.withMutableBytes { bytes in
      for index in 0..<bytes.byteCount / 4 {
        let value = Float(Int32(truncatingIfNeeded: next())) * 0x1p-31
        bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
      }
    }
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for (index, size) in sizes.enumerated() {
      tensors["arg:layer\(index)_weight"] = Tensor(
        memory: memory, range: 0..<4 * size, elementType: .float32, shape: [size, 1, 1, 1])
    }
    self.tensors = tensors
  }

  func write(to path: String) throws {
    let file = try AtomicFile(path: path, durable: false)
    try NDArrayListWriter(tensors, file: path).write(to: file)
    try file.commit()
  }
}
