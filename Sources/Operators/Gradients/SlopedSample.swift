internal import Tensors

/// The neighbours of a position in a plane, with their bilinear weights and the derivatives of these.
struct SlopedSample {
  /// One neighbour.
  struct Tap {
    let place: Int
    let weight: Double
    let slopeY: Double
    let slopeX: Double
  }

  private(set) var taps: [Tap] = []

  /// A neighbour along one axis.
  private typealias AxisTap = (index: Int, weight: Double, slope: Double)

  /// Nil where the position does not count under the border's rule; NaN never does.
  ///
  /// At a whole position the derivative is the one towards the next element; where the closed border repeats the last
  /// element it is 0 but for what rounds in the difference (`DeformableConvolution.gradientStep`).
  init?(y: Double, x: Double, height: Int, width: Int, border: DeformableConvolution.Border) {
    guard border.counts(y, of: height), border.counts(x, of: width) else { return nil }
    cross(Self.neighbours(y, height, border), Self.neighbours(x, width, border), width: width)
  }

  /// A sample of a deformable region, which has been moved onto the map: at a whole position both neighbours are one
  /// element, and their difference is 0 but for what rounds in it.
  init(regionY y: Double, x: Double, width: Int) {
    func neighbours(_ position: Double) -> [AxisTap] {
      let low = position.rounded(.down)
      let share = position - low
      if share == 0 { return [(Int(low), 1, -1), (Int(low), 0, 1)] }
      return [(Int(low), 1 - share, -1), (Int(low) + 1, share, 1)]
    }
    cross(neighbours(y), neighbours(x), width: width)
  }

  private mutating func cross(_ rows: [AxisTap], _ columns: [AxisTap], width: Int) {
    for row in rows {
      for column in columns {
        taps.append(
          Tap(
            place: row.index * width + column.index, weight: row.weight * column.weight,
            slopeY: row.slope * column.weight, slopeX: row.weight * column.slope))
      }
    }
  }

  private static func neighbours(
    _ position: Double, _ size: Int, _ border: DeformableConvolution.Border
  ) -> [AxisTap] {
    let low = position.rounded(.down)
    let first = Int(low)
    if border == .closed && first >= size - 1 { return [(size - 1, 1, -1), (size - 1, 0, 1)] }
    let share = position - low
    return [(first, 1 - share, -1), (first + 1, share, 1)].filter { $0.0 >= 0 && $0.0 < size }
  }

  /// The sum of the neighbours by one of their factors, and of its parts' sizes.
  func read(_ factor: KeyPath<Tap, Double>, _ value: (Int) -> Double) -> (value: Double, size: Double) {
    var (sum, size) = (0.0, 0.0)
    for tap in taps {
      let part = tap[keyPath: factor] * value(tap.place)
      sum += part
      size += abs(part)
    }
    return (sum, size)
  }
}

/// Which entries belong to each of many keys.
struct GroupedEntries: Sendable {
  struct Entry: Sendable {
    /// What the entry is of: a sample, or a bin.
    let source: Int
    let factor: Double
    /// What the factor itself rounds by beside its product's: variance in u², and at most in u.
    var variance = 0.0
    var hard = 0.0
  }

  private let starts: [Int]
  private let entries: [Entry]

  /// - Parameter list: in the order in which each key keeps them.
  init(keys: Int, _ list: [(key: Int, entry: Entry)]) {
    var starts = [Int](repeating: 0, count: keys + 1)
    for (key, _) in list { starts[key + 1] += 1 }
    for key in 0..<keys { starts[key + 1] += starts[key] }
    var next = starts
    var entries = [Entry](repeating: Entry(source: 0, factor: 0), count: list.count)
    for (key, entry) in list {
      entries[next[key]] = entry
      next[key] += 1
    }
    self.starts = starts
    self.entries = entries
  }

  subscript(key: Int) -> ArraySlice<Entry> { entries[starts[key]..<starts[key + 1]] }
}
