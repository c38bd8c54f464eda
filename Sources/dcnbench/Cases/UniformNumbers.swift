/// A linear congruential generator: any numbers will do, if they are the same everywhere.
struct UniformNumbers {
  private var state: UInt64 = 0x1703_0621_1

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 32
  }

  /// A number between the range's bounds.
  mutating func next(in range: ClosedRange<Float>) -> Float {
    let unit = Float(Int32(truncatingIfNeeded: next())) * 0x1p-32 + 0.5
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }
}
