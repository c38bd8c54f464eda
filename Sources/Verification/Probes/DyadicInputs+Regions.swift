internal import Operators
internal import Tensors

/// How a region's corners become a width on the map.
enum RegionExtent {
  /// (x2 − x1)·scale: RoI align.
  case plain
  /// round(x2) + 1 − round(x1), scaled: position-sensitive pooling.
  case pixels
  /// round(x2·scale) − round(x1·scale) + 1: RoI pooling.
  case elements
}

extension DyadicInputs {
  /// A map, and regions of it whose bins are whole or half elements; corners that end in a half, regions without
  /// size, beyond the map and of the second image among them.
  ///
  /// - Parameters:
  ///   - factor: of the whole numbers in the map; 2520 has all divisors up to 10.
  ///   - hasPoint: whether a region without size is among them; where bins are sampled, its least width has no
  ///     dyadic parts, and MXNet's RoI align ends the process.
  mutating func regions(
    channels: Int, bins: [Int], scale: Double, _ extent: RegionExtent, times factor: Int,
    hasPoint: Bool
  ) -> (map: Tensor, rois: Tensor) {
    let size = bins.map { 2 * $0 + 5 }
    let map = integers([2, channels] + size, -7...7, times: factor)
    let unit = Float(1 / scale)
    /// Along one axis: from a map element on, so many elements a bin.
    func corners(_ axis: Int, from start: Float, each bin: Float) -> (Float, Float) {
      let length = Float(bins[axis]) * bin
      let begin = start * unit
      switch extent {
      case .plain: return (begin, begin + length * unit)
      case .pixels: return (begin, begin + length * unit - 1)
      case .elements: return (begin, begin + (max(1, length) - 1) * unit)
      }
    }
    var rows: [Float] = []
    func add(_ image: Int, y: (Float, Float), x: (Float, Float)) {
      rows += [Float(image), x.0, y.0, x.1, y.1]
    }
    for (index, bin) in [1, 2, 0.5, 1, 2].enumerated() {
      let bin = Float(bin)
      add(
        index % 2, y: corners(0, from: Float(index % 3), each: bin),
        x: corners(1, from: Float((index + 1) % 3), each: bin))
    }
    // Corners that end in a half, in pixels and in elements.
    let tie: Float = extent == .elements ? unit / 2 : extent == .pixels ? 0.5 : unit / 4
    for start: Float in [0, 1, 2] {
      let (y, x) = (corners(0, from: start, each: 1), corners(1, from: start + 1, each: 2))
      add(Int(start) % 2, y: (y.0 + tie, y.1 + tie), x: (x.0 + tie, x.1 + tie))
    }
    // Beyond the map on all sides, and without size.
    add(1, y: corners(0, from: -2, each: 2), x: corners(1, from: -1, each: 2))
    add(0, y: corners(0, from: Float(size[0]) - 2, each: 1), x: corners(1, from: Float(size[1]) - 1, each: 1))
    add(1, y: corners(0, from: Float(2 * size[0]), each: 1), x: corners(1, from: Float(2 * size[1]), each: 1))
    if hasPoint { add(0, y: (unit, unit), x: (2 * unit, 2 * unit)) }
    return (map, Tensor(rows, shape: [rows.count / 5, 5]))
  }
}
