internal import Tensors

/// Which elements of a map each window covers, for work that visits them one by one.
struct PoolingWindows: Sendable {
  /// Elements of the map along each spatial axis, and windows.
  private let sizes: [Int]
  private let counts: [Int]
  private let geometry: ConvolutionGeometry

  /// - Parameters:
  ///   - sizes: elements along each spatial axis.
  ///   - counts: windows along each spatial axis.
  /// - Precondition: the shape rule has passed.
  init(_ geometry: ConvolutionGeometry, over sizes: [Int], counts: [Int]) {
    self.geometry = geometry
    self.sizes = sizes
    self.counts = counts
  }

  /// Elements of a map, and windows.
  var mapCount: Int { sizes.reduce(1, *) }
  var count: Int { counts.reduce(1, *) }

  /// Visits the elements of a map that lie in a window, in memory order; padding is left out.
  func forEach(of window: Int, _ body: (_ element: Int) -> Void) {
    var starts: [Int] = []
    var rest = window
    for axis in counts.indices.reversed() {
      starts.append(rest % counts[axis] * geometry.stride[axis] - geometry.padBegin[axis])
      rest /= counts[axis]
    }
    starts.reverse()
    visit(starts, 0, 0, body)
  }

  private func visit(_ starts: [Int], _ axis: Int, _ base: Int, _ body: (Int) -> Void) {
    guard axis < starts.count else { return body(base) }
    let (start, step) = (starts[axis], geometry.dilation[axis])
    // Taps before the map are stepped over at once: a kernel may have more than can be counted.
    let skipped = start < 0 ? (step - 1 - start) / step : 0
    let end = min(sizes[axis], start + geometry.extent(axis))
    for place in stride(from: start + skipped * step, to: end, by: step) {
      visit(starts, axis + 1, base * sizes[axis] + place, body)
    }
  }

  /// The place of a map's element in an order where the first spatial axis runs fastest.
  func columnMajor(_ element: Int) -> Int {
    var (rest, place) = (element, 0)
    for size in sizes.reversed() {
      place = place * size + rest % size
      rest /= size
    }
    return place
  }
}

extension Pooling {
  /// Maxima of whole numbers (ONNX MaxPool-12); maps are channels-last.
  func wholeStep<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (input, output) = (site.input(0), site.output())
    guard function == .max, let least = input.elementType.leastWhole else {
      throw .input(
        "data", found: "\(input.elementType.rawValue) elements", expected: "floating-point numbers")
    }
    let sizes = Array(input.shape.dimensions[2...])
    let one = sizes.map { _ in 1 }
    let none = sizes.map { _ in 0 }
    let windows = PoolingWindows(
      isGlobal
        ? ConvolutionGeometry(kernel: sizes, stride: one, dilation: one, padBegin: none, padEnd: none)
        : geometry, over: sizes, counts: Array(output.shape.dimensions[2...]))
    let (images, channels) = (input.shape[0], input.shape[1])
    return Step { evaluation throws(OperatorError) in
      let data = try evaluation.integers(0)
      var result: [Int] = []
      result.reserveCapacity(evaluation.outputCount())
      for image in 0..<images {
        for window in 0..<windows.count {
          let start = result.count
          result.append(contentsOf: repeatElement(least, count: channels))
          windows.forEach(of: window) { element in
            let first = (image * windows.mapCount + element) * channels
            for channel in 0..<channels {
              result[start + channel] = max(result[start + channel], data[first + channel])
            }
          }
        }
      }
      evaluation.write(result)
    }
  }
}

extension ElementType {
  /// The least number of a type of integers; nil for other types.
  var leastWhole: Int? {
    switch self {
    case .int8, .int16, .int32: -(1 << (bitCount - 1))
    case .int64: .min
    case .uint8, .uint16, .uint32, .uint64: 0
    default: nil
    }
  }
}
