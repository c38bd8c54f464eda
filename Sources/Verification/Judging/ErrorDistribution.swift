internal import Tensors

/// How a value's errors spread over their sizes and over its axes; gathered only where a report shows it.
package struct ErrorDistribution: Sendable, Hashable {
  /// Elements by error: bin k holds those from 6·2^(k − 1 + `lowestBin`) σ up to twice as much. The first takes
  /// all that is smaller, exact elements too, the last all that is larger.
  package private(set) var bins = [Int](repeating: 0, count: binCount)
  /// Where the errors are; nil where a report shows worse layers instead.
  package var places: ErrorPlaces?

  package static let binCount = 32
  /// Powers of two below and above six standard deviations, which is an edge between bins.
  package static let lowestBin = -8

  /// The lower end of a bin, in standard deviations; 0 for the first.
  package static func lowerEdge(of bin: Int) -> Double {
    bin == 0 ? 0 : 6 * Double(sign: .plus, exponent: bin - 1 + lowestBin, significand: 1)
  }

  /// - Parameters:
  ///   - ratios: each element's error in standard deviations, 0 where it is exact.
  ///   - shape: of the value that has so many elements.
  init(_ ratios: [Float], shape: Shape) {
    for ratio in ratios { bins[Self.bin(of: ratio)] += 1 }
    places = ErrorPlaces(ratios, shape: shape)
  }

  private static func bin(of ratio: Float) -> Int {
    guard ratio > 0 else { return 0 }
    guard ratio < Float(6 * 0x1p40) else { return binCount - 1 }
    // Edges are six times powers of two: the exponent of the sixth is the bin.
    return min(max(0, Int((ratio / 6).exponent) + 1 - lowestBin), binCount - 1)
  }

  /// The bin below or in which this share of the elements lies.
  package func quantile(_ share: Double) -> Int {
    let wanted = share * Double(bins.reduce(0, +))
    var seen = 0
    for (bin, count) in bins.enumerated() {
      seen += count
      if Double(seen) >= wanted { return bin }
    }
    return bins.count - 1
  }
}

/// Where in a value its errors are: the worst along each axis, and over the map of its last two.
package struct ErrorPlaces: Sendable, Hashable {
  /// The worst error at each place of an axis, all others taken together.
  package struct Profile: Sendable, Hashable {
    /// The axis's number.
    package let axis: Int
    /// Places along it.
    package let size: Int
    /// In standard deviations, for each of at most `maximumCells` stretches of equal length but the last.
    package fileprivate(set) var worst: [Float]

    /// Places that one stretch holds.
    package var stretch: Int { Self.stretch(size) }

    fileprivate init(axis: Int, size: Int) {
      (self.axis, self.size) = (axis, size)
      worst = Array(repeating: 0, count: (size + Self.stretch(size) - 1) / Self.stretch(size))
    }

    static func stretch(_ size: Int) -> Int {
      max(1, (size + ErrorPlaces.maximumCells - 1) / ErrorPlaces.maximumCells)
    }
  }

  /// Cells along an axis: what a picture can show.
  package static let maximumCells = 64

  /// One for each axis, in order.
  package private(set) var profiles: [Profile]
  /// The worst error of each cell of the last two axes, in rows; empty where there is only one axis.
  package private(set) var map: [Float]

  init(_ ratios: [Float], shape: Shape) {
    profiles = shape.dimensions.enumerated().map { Profile(axis: $0, size: $1) }
    let rank = shape.rank
    map =
      rank < 2
      ? [] : Array(repeating: 0, count: profiles[rank - 2].worst.count * profiles[rank - 1].worst.count)
    for (element, ratio) in ratios.enumerated() where ratio > 0 {
      var rest = element
      var (row, column) = (0, 0)
      for axis in (0..<rank).reversed() {
        let place = rest % shape[axis] / profiles[axis].stretch
        rest /= shape[axis]
        profiles[axis].worst[place] = max(profiles[axis].worst[place], ratio)
        if axis == rank - 1 { column = place } else if axis == rank - 2 { row = place }
      }
      guard rank >= 2 else { continue }
      let cell = row * profiles[rank - 1].worst.count + column
      map[cell] = max(map[cell], ratio)
    }
  }
}
