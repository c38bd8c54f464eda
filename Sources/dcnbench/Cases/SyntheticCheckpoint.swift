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
    var numbers = UniformNumbers()
    var sizes: [Int] = []
    var size = 20_000.0
    for _ in Self.smallCount..<Self.tensorCount {
      sizes.append(Int(size))
      size *= 1.0194  // 120 times larger after 250 steps
    }
    let scale = Double(floats - Self.smallCount * Self.smallSize) / Double(sizes.reduce(0, +))
    sizes = sizes.map { Int(Double($0) * scale) }
    for index in sizes.indices.reversed() { sizes.swapAt(index, Int(numbers.next() % UInt64(index + 1))) }
    sizes = Array(repeating: Self.smallSize, count: Self.smallCount) + sizes
    // All tensors are parts of one: the checkpoint's elements need not be in memory at once.
    let memory = Memory(byteCount: 4 * (sizes.max() ?? 0))
    memory.withMutableBytes { bytes in
      for index in 0..<bytes.byteCount / 4 {
        let value = Float(Int32(truncatingIfNeeded: numbers.next())) * 0x1p-31
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
