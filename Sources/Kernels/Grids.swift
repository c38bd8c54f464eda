internal import Tensors

extension VectorKernels {
  package func sampleGrids(
    _ data: Span<Element>, _ bins: Span<GridBin>, plane: Extent, samples: Int,
    into output: inout MutableSpan<Element>
  ) {
    precondition(plane.height >= 1 && plane.width >= 1 && samples >= 1, "\(plane), \(samples)")
    for index in bins.indices {
      let bin = bins[index]
      precondition(
        bin.target >= 0 && bin.target < output.count
          && bin.first.map { $0 >= 0 && $0 + plane.height * plane.width <= data.count } ?? true, "\(bin)")
    }
    var numbers = Element.Vector(repeating: 0)
    for lane in 0..<Element.vectorWidth { numbers[lane] = Element(lane) }
    // SAFETY: planes and targets have just been checked; samples are moved onto their plane.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe output.withUnsafeMutableBufferPointer { output in
        guard let data = data.baseAddress, let output = output.baseAddress else { return }
        for index in bins.indices {
          let bin = unsafe bins[unchecked: index]
          guard let first = bin.first else {
            unsafe output[bin.target] = 0
            continue
          }
          let rows = GridAxis(bin.rows, samples: samples, size: plane.height)
          let columns = GridAxis(bin.columns, samples: samples, size: plane.width)
          var sum: Element = 0
          if rows.count > 0 && columns.count > 0 {
            sum = unsafe sampleGrid(data + first, plane.width, rows, columns, numbers)
          }
          let count = rows.count &* columns.count
          unsafe output[bin.target] = count == 0 ? 0 : sum / Element(count)
        }
      }
    }
  }
}

/// The samples of a bin along one axis.
private struct GridAxis {
  /// Samples that count.
  private(set) var count = 0
  /// The map's first and last element that they touch.
  private(set) var low = 0
  private(set) var high = 0
  private let axis: GridBin.Axis
  private let samples: Int
  private let size: Int
  /// Where the first samples stand: they are asked for often. Those that do not count are far away.
  private let kept: SIMD8<Float>

  @inline(__always)
  init(_ axis: GridBin.Axis, samples: Int, size: Int) {
    self.axis = axis
    self.samples = samples
    self.size = size
    // The numbers of lanes, and of none for those behind the last sample.
    let numbers = SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7)
    let positions = SIMD8(repeating: axis.begin) + numbers * axis.step
    let counts =
      (positions .>= -0.5) .& (positions .<= Float(size) - 0.5) .& (numbers .< Float(min(samples, 8)))
    let last = Float(size &- 1)
    var onMap = positions.replacing(with: 0, where: positions .< 0)
    onMap = onMap.replacing(with: last, where: onMap .> last)
    kept = SIMD8(repeating: Self.faraway).replacing(with: onMap, where: counts)
    var least = Self.least(kept)
    var most = 0 - Self.least(SIMD8(repeating: Self.faraway).replacing(with: 0 - onMap, where: counts))
    count = Int(SIMD8<Float>(repeating: 0).replacing(with: 1, where: counts).total)
    var index = 8
    while index < samples {
      if let position = position(index) {
        count &+= 1
        least = position < least ? position : least
        most = position > most ? position : most
      }
      index &+= 1
    }
    guard count > 0 else { return }
    low = Int(least)
    high = min(Int(most.rounded(.up)), size &- 1)
  }

  /// Farther from every element than 1, and behind them all.
  private static var faraway: Float { 0x1p62 }

  @inline(__always)
  private static func least(_ numbers: SIMD8<Float>) -> Float {
    let four = smaller(numbers.lowHalf, numbers.highHalf)
    let two = smaller(four.lowHalf, four.highHalf)
    return two.x < two.y ? two.x : two.y
  }

  @inline(__always)
  private static func smaller<V: SIMD>(_ a: V, _ b: V) -> V where V.Scalar == Float {
    a.replacing(with: b, where: b .< a)
  }

  /// Where a sample stands; nil for one that does not count, NaN too.
  @inline(__always)
  private func position(_ index: Int) -> Float? {
    let position = axis.begin + Float(index) * axis.step
    guard position >= -0.5, position <= Float(size) - 0.5 else { return nil }
    let last = Float(size &- 1)
    return position < 0 ? 0 : position > last ? last : position
  }

  /// What the samples take of a vector of elements: of each, 1 less its distance, if that is positive.
  ///
  /// - Parameter elements: their places.
  @inline(__always)
  func weights<S: VectorLane>(_ elements: S.Vector, _ type: S.Type) -> S.Vector {
    let (zero, one) = (S.Vector(repeating: 0), S.Vector(repeating: 1))
    var weights = zero
    var index = 0
    while index < min(samples, 8) {
      let distance = elements - S.Vector(repeating: S(kept[index]))
      weights += S.larger(zero, one - S.larger(distance, zero - distance))
      index &+= 1
    }
    while index < samples {
      if let position = position(index) {
        let distance = elements - S.Vector(repeating: S(position))
        weights += S.larger(zero, one - S.larger(distance, zero - distance))
      }
      index &+= 1
    }
    return weights
  }

  /// What the samples take of one element.
  @inline(__always)
  func weight<S: VectorLane>(_ element: Int, _ type: S.Type) -> S {
    var weight: S = 0
    var index = 0
    while index < samples {
      if let position = position(index) {
        let distance = S(element) - S(position)
        let share = 1 - (distance < 0 ? 0 - distance : distance)
        weight += share > 0 ? share : 0
      }
      index &+= 1
    }
    return weight
  }
}

/// The weighted sum of the elements under a bin: rows are added first, then their columns.
@inline(__always)
private func sampleGrid<S: VectorLane>(
  _ plane: UnsafePointer<S>, _ width: Int, _ rows: GridAxis, _ columns: GridAxis, _ numbers: S.Vector
) -> S {
  let lanes = S.vectorWidth
  let vectors = (columns.high &- columns.low &+ lanes) / lanes
  let first = min(columns.low, width &- vectors &* lanes)
  guard first >= 0, rows.high &- rows.low < 32 else {
    return unsafe sampleGridByElement(plane, width, rows, columns)
  }
  var rowWeights = InlineArray<48, S>(repeating: 0)
  var row = 0
  var weights = rowWeights.mutableSpan
  unsafe weights.withUnsafeMutableBufferPointer { weights in
    guard let weights = weights.baseAddress else { return }
    while row <= rows.high &- rows.low {
      let places = numbers + S.Vector(repeating: S(rows.low &+ row))
      unsafe store(rows.weights(places, S.self), weights + row)
      row &+= lanes
    }
  }
  var total = S.Vector(repeating: 0)
  var column = first
  while column <= columns.high {
    var sum = S.Vector(repeating: 0)
    row = rows.low
    while row <= rows.high {
      let weight = unsafe rowWeights[unchecked: row &- rows.low]
      // SAFETY: the row lies in the plane, and the vector in the row.
      if weight != 0 {
        sum = unsafe multiplyAdd(sum, load(plane + (row &* width &+ column)), S.Vector(repeating: weight))
      }
      row &+= 1
    }
    let places = numbers + S.Vector(repeating: S(column))
    total = multiplyAdd(total, sum, columns.weights(places, S.self))
    column &+= lanes
  }
  let sum = S.sum(total)
  // A vector also holds elements beside the bin: an infinite one of weight 0 must not count.
  return sum - sum == 0 ? sum : unsafe sampleGridByElement(plane, width, rows, columns)
}

/// The same element by element, for what no vector fits, and where numbers are not finite.
@inline(never)
private func sampleGridByElement<S: VectorLane>(
  _ plane: UnsafePointer<S>, _ width: Int, _ rows: GridAxis, _ columns: GridAxis
) -> S {
  var sum: S = 0
  for row in rows.low...rows.high {
    let rowWeight: S = rows.weight(row, S.self)
    guard rowWeight != 0 else { continue }
    for column in columns.low...columns.high {
      let weight: S = columns.weight(column, S.self)
      // SAFETY: both axes' elements lie in the plane.
      if weight != 0 { sum = unsafe multiplyAdd(sum, plane[row &* width &+ column], rowWeight * weight) }
    }
  }
  return sum
}
