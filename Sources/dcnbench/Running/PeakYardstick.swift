internal import Operators
internal import Synchronization
internal import Tensors

/// What the processor can do: our own product kernel on operands that stay in a core's first cache.
enum PeakYardstick {
  private static let measured = Mutex<[Int: Double]>([:])

  /// Billions of floating-point operations a second on so many threads, the best of several tries.
  static func gigaflops(threads: Int) -> Double {
    if let known = measured.withLock({ $0[threads] }) { return known }
    let kernels = InstructionSet.chosen.kernels[Float.self]
    let (rows, depth, columns, rounds) = (12, 128, kernels.panelWidth, 20_000)
    let stride = depth + 16
    let a = Tensor([Float](repeating: 1, count: rows * stride), shape: [rows * stride])
    let b = Tensor([Float](repeating: 1, count: depth * columns), shape: [depth * columns])
    let (left, panel) = (Elements<Float>(a), Elements<Float>(b))
    let results = (0..<threads).map { _ in MutableElements<Float>(count: rows * columns) }
    var best = 0.0
    for _ in 0..<5 {
      let start = ContinuousClock.now
      Threads(threads).forEach(threads) { piece, _ in
        results[piece].withSpan { result in
          for _ in 0..<rounds {
            kernels.multiply(
              left.span, panel.span, bias: Span(), addend: Span(), into: &result,
              RowProduct(
                rows: rows, depth: depth, rowStride: stride, columns: columns, outputOffset: 0,
                outputStride: columns))
          }
        }
      }
      let operations = 2.0 * Double(threads * rounds * rows * depth * columns)
      best = max(best, operations / (ContinuousClock.now - start).milliseconds * 1e-6)
    }
    measured.withLock { $0[threads] = best }
    return best
  }
}
