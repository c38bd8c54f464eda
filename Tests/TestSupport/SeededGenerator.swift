/// SplitMix64: the same numbers on every machine for a seed, which a failing test prints.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Near enough to a standard normal number: four uniform ones, scaled.
  public mutating func normal() -> Float {
    // The sum of four numbers in -1..<1 has variance 4/3.
    (0..<4).reduce(Float(0)) { sum, _ in sum + Float.random(in: -1..<1, using: &self) } * 0.8660254
  }
}
