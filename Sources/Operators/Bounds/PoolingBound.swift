internal import Tensors

extension Pooling {
  /// A maximum rounds nothing; a mean is a sum of products by 1, divided in the end.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    switch function {
    case .max: return .exact
    case .norm: return .unknown("no bound of pooling by a norm is known")
    case .average, .sum: break
    }
    let input = operands.input(0)
    let data = Elements<Double>(input.widened)
    let (shape, output) = (input.shape, operands.outputShape)
    let planeSize = shape.count / max(1, shape[0] * shape[1])
    let pooling = self
    let count = isGlobal ? planeSize : geometry.kernel.reduce(1, *)
    return .sums(
      GatheredSums(count: count) { element, terms in
        let place = output.position(of: element)
        let window = pooling.window(at: Array(place[2...]), in: Array(shape.dimensions[2...]))
        let plane = (place[0] * shape[1] + place[1]) * planeSize
        for offset in window.offsets { terms.products.append(data.span[plane + offset]) }
        terms.divisor = pooling.function == .average ? Double(max(1, window.divisor)) : 1
      })
  }

  /// Where an output's window reads in a plane, and what its sum is divided by.
  private func window(at place: [Int], in sizes: [Int]) -> (offsets: [Int], divisor: Int) {
    var offsets = [0]
    var count = 1
    for axis in sizes.indices {
      let (rows, divisor) = rows(at: place[axis], axis, of: sizes[axis])
      offsets = offsets.flatMap { offset in rows.map { offset * sizes[axis] + $0 } }
      count *= divisor
    }
    return (offsets, count)
  }

  /// The rows (or columns) of one axis that a window covers, and how many its mean counts.
  private func rows(at place: Int, _ axis: Int, of size: Int) -> (rows: [Int], divisor: Int) {
    if isGlobal { return (Array(0..<size), size) }
    let start = place * geometry.stride[axis] - geometry.padBegin[axis]
    let end = start + geometry.extent(axis)
    let taps = stride(from: start, to: end, by: geometry.dilation[axis])
    let rows = taps.filter { $0 >= 0 && $0 < size }
    switch divisor {
    case .padded: return (rows, taps.filter { $0 < size + geometry.padEnd[axis] }.count)
    case .inside: return (rows, rows.count)
    case .kernel: return (rows, geometry.kernel[axis])
    }
  }
}
