/// How a tensor's finite elements spread over their range, in bins of equal width.
package struct ValueHistogram: Hashable, Sendable {
  /// The ends of the range: the elements' own, but no further than four standard deviations from their mean, so
  /// that a few outliers do not press all others into one bin.
  package let low: Double
  package let high: Double
  /// Elements by bin; the first and the last take what lies beyond the range too.
  package private(set) var counts: [Int]

  /// Nil where there are no finite elements, or all are equal.
  ///
  /// - Precondition: the element type is not opaque.
  /// - Complexity: one pass over the elements, which are widened a few at a time.
  package init?(_ tensor: Tensor, _ statistics: TensorStatistics, bins: Int) {
    guard let minimum = statistics.minimum, let maximum = statistics.maximum, minimum < maximum,
      let mean = statistics.mean, let deviation = statistics.standardDeviation, bins > 0
    else { return nil }
    low = max(minimum, mean - 4 * deviation)
    high = min(maximum, mean + 4 * deviation)
    counts = Array(repeating: 0, count: bins)
    let scale = Double(bins) / (high - low)
    // Denormal ranges and those of half the largest double have no finite scale.
    guard scale.isFinite, scale > 0 else { return nil }
    for start in stride(from: 0, to: tensor.shape.count, by: Self.stretch) {
      let stretch = tensor.stretch(start..<min(start + Self.stretch, tensor.shape.count))
      for value in stretch.converted(to: Double.self) where value.isFinite {
        let place = (min(max(value, low), high) - low) * scale
        counts[min(Int(place), bins - 1)] += 1
      }
    }
  }

  /// Elements that are widened at once.
  private static let stretch = 1 << 16
}
