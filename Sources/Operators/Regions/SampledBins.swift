internal import Tensors

/// Bins of bilinear samples on a grid, collected for the kernel.
///
/// A bin's samples stand at every pair of a row and a column position, so that the weight of each map element is a
/// product of two sums: what all rows give its row, and what all columns give its column. The count of elements is
/// that of the places under the bin, not four a sample.
struct SampledBins<T: Lane>: Sendable {
  private(set) var taps: [AxisTap<T>] = []
  /// The derivative of each tap's weight with respect to the samples' position, where they are kept.
  private(set) var slopes: [T] = []
  var bins: [SampledBin] = []
  private let keepsSlopes: Bool

  init(keepsSlopes: Bool = false) { self.keepsSlopes = keepsSlopes }

  mutating func removeAll() {
    taps.removeAll(keepingCapacity: true)
    slopes.removeAll(keepingCapacity: true)
    bins.removeAll(keepingCapacity: true)
  }

  /// Adds the taps of samples along one axis.
  ///
  /// Samples outside of [−0.5, size − 0.5] are passed over, NaN too; the others are moved into [0, size − 1]
  /// (mxnet contrib/deformable_psroi_pooling.cc). At a whole position, and so at all that were moved, the slopes
  /// are 0, as both neighbours are one element there.
  ///
  /// - Parameters:
  ///   - begin: the first sample, in map elements; the next ones at begin + i·step, ascending.
  ///   - stride: elements from one place of the axis to the next.
  /// - Returns: the taps, and how many samples counted.
  mutating func addSamples(
    from begin: Float, step: Float, count: Int, size: Int, stride: Int
  ) -> (taps: Range<Int>, samples: Int) {
    let first = taps.count
    guard size > 0 else { return (first..<first, 0) }
    var samples = 0
    let last = Float(size - 1)
    for index in 0..<count {
      let position = begin + Float(index) * step
      guard position >= -0.5, Double(position) <= Double(size) - 0.5 else { continue }
      samples += 1
      add(min(max(position, 0), last), stride: stride, after: first)
    }
    return (first..<taps.count, samples)
  }

  /// Adds the taps of samples that have been moved onto the map, in any order.
  ///
  /// - Parameter positions: in map elements, from 0 to the last.
  mutating func addTaps(_ positions: [Float], stride: Int) -> Range<Int> {
    let first = taps.count
    let isFalling = (positions.first ?? 0) > (positions.last ?? 0)
    for position in isFalling ? positions.reversed() : positions {
      add(position, stride: stride, after: first)
    }
    return first..<taps.count
  }

  /// Adds the one or two taps of a sample on the map.
  private mutating func add(_ position: Float, stride: Int, after first: Int) {
    let place = Int(position)
    let fraction = T(position - Float(place))
    add(place * stride, 1 - fraction, slope: fraction > 0 ? -1 : 0, after: first)
    if fraction > 0 { add((place + 1) * stride, fraction, slope: 1, after: first) }
  }

  /// Adds a weight to its tap; positions ascend, so only the last two taps can be the same.
  private mutating func add(_ offset: Int, _ weight: T, slope: T, after first: Int) {
    let count = taps.count
    if count > first, taps[count - 1].offset == offset {
      add(weight, slope, to: count - 1)
    } else if count > first + 1, taps[count - 2].offset == offset {
      add(weight, slope, to: count - 2)
    } else {
      taps.append(AxisTap(offset: offset, weight: weight))
      if keepsSlopes { slopes.append(slope) }
    }
  }

  private mutating func add(_ weight: T, _ slope: T, to tap: Int) {
    taps[tap].weight += weight
    if keepsSlopes { slopes[tap] += slope }
  }
}
