internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

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

extension UniformNumbers {
  /// Numbers between −scale and scale.
  mutating func floats(_ count: Int, scale: Float = 1) -> [Float] {
    (0..<count).map { _ in next(in: -scale...scale) }
  }

  mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
    Tensor(floats(shape.count, scale: scale), shape: shape)
  }

  /// Regions `[count, 5]` of an image of so many pixels: centres anywhere, sides of 32 to 500 pixels, as many twice
  /// as long as there are once, cut at the image's rim.
  mutating func regions(_ count: Int, height: Int, width: Int) -> Tensor {
    var rows: [Float] = []
    for _ in 0..<count {
      let corners = [width, height].map { size in
        let side = exp(next(in: log(32)...log(min(500, Float(size)))))
        let centre = next(in: 0...Float(size))
        return (max(0, centre - side / 2), min(Float(size - 1), centre + side / 2))
      }
      rows += [0, corners[0].0, corners[1].0, corners[0].1, corners[1].1]
    }
    return Tensor(rows, shape: [count, 5])
  }
}
