internal import Operators
internal import Tensors

/// Inputs on a dyadic grid that hit borders on purpose.
struct DyadicInputs {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(state: seed) }

  /// A whole number of the range.
  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.next() >> 33) % range.count
  }

  mutating func integers(_ dimensions: [Int], _ range: ClosedRange<Int>, times factor: Int = 1) -> Tensor {
    let shape = Shape(dimensions)
    return Tensor((0..<shape.count).map { _ in Float(integer(range) * factor) }, shape: shape)
  }

  /// Filters of whole numbers; the first has two taps alone, of 1 + 2⁻¹¹ and of 1 + 2⁻⁹, which operands of fewer bits
  /// lose: half precision and TF32 the first, bfloat16 both.
  mutating func filters(_ dimensions: [Int]) -> Tensor {
    let shape = Shape(dimensions)
    let size = shape.count / dimensions[0]
    return Tensor(
      (0..<shape.count).map { index -> Float in
        let number = integer(-3...2)
        if index == size / 2 { return 1 + 0x1p-11 }
        if index < size { return index == 0 ? 1 + 0x1p-9 : 0 }
        return Float(number < 0 ? number : number + 1)
      }, shape: shape)
  }

  /// Factors of a mask, in quarters from 0 to 1.
  mutating func mask(_ dimensions: [Int]) -> Tensor {
    let shape = Shape(dimensions)
    return Tensor((0..<shape.count).map { _ in Float(integer(0...4)) / 4 }, shape: shape)
  }
}

/// What a deformable convolution's offsets aim at.
enum OffsetTargets {
  /// Samples on and around the map's borders.
  case borders
  /// The same with NaN among them.
  case notNumbers
  /// Offsets so small, or so close to the border, that the arithmetic of positions shows.
  case positions
}

extension DyadicInputs {
  /// Inputs of a deformable convolution of few channels; the operator gets as many filters as its groups need.
  mutating func deformable(
    _ declared: DeformableConvolution, _ targets: OffsetTargets
  ) -> (operation: DeformableConvolution, inputs: [Tensor]) {
    var operation = declared
    let geometry = declared.geometry
    let runs = declared.groups * declared.deformableGroups
    let channels = runs < 4 ? 2 * runs : runs
    operation.filters = declared.groups == 1 ? 3 : 2 * declared.groups
    let isWide = targets == .positions
    let map = (0..<2).map { axis in geometry.extent(axis) + (isWide ? 18 : 4) + axis * 2 }
    let output = (0..<2).map { axis in
      (map[axis] + geometry.padBegin[axis] + geometry.padEnd[axis] - geometry.extent(axis))
        / geometry.stride[axis] + 1
    }
    let images = isWide ? 1 : 2
    let taps = geometry.kernel[0] * geometry.kernel[1]
    var inputs = [integers([images, channels] + map, isWide ? 0...7 : -7...7)]
    let shape = Shape([images, declared.deformableGroups * taps * 2] + output)
    inputs.append(
      Tensor(
        (0..<shape.count).map { index -> Float in
          let place = shape.position(of: index)
          let sample = OffsetPlace(
            channel: place[1], position: [place[2], place[3]], taps: taps, geometry: geometry, map: map,
            order: declared.offsetOrder, salt: place[0])
          return isWide ? sample.fine : sample.border(withNaN: targets == .notNumbers)
        }, shape: shape))
    if declared.hasMask {
      let mask = [images, declared.deformableGroups * taps] + output
      inputs.append(isWide ? integers(mask, 1...1) : self.mask(mask))
    }
    let weights = [operation.filters, channels / declared.groups] + geometry.kernel
    inputs.append(isWide ? firstTaps(weights) : filters(weights))
    if declared.hasBias { inputs.append(integers([operation.filters], isWide ? 0...0 : -5...5)) }
    return (operation, inputs)
  }

  /// Filters that pass one channel's first tap on.
  private func firstTaps(_ dimensions: [Int]) -> Tensor {
    let shape = Shape(dimensions)
    return Tensor(
      (0..<shape.count).map { index -> Float in
        let place = shape.position(of: index)
        return place[1] == place[0] % dimensions[1] && place[2] == 0 && place[3] == 0 ? 1 : 0
      }, shape: shape)
  }
}

/// One offset: which sample it moves, and along which axis.
private struct OffsetPlace {
  let channel: Int
  let position: [Int]
  let taps: Int
  let geometry: ConvolutionGeometry
  let map: [Int]
  let order: DeformableConvolution.OffsetOrder
  let salt: Int

  /// 0 for y.
  private var axis: Int { (channel % 2 == 0) == (order == .yx) ? 0 : 1 }
  private var tap: Int { channel / 2 % taps }

  /// Where the sample is without its offset.
  private var base: Float {
    let place = [tap / geometry.kernel[1], tap % geometry.kernel[1]][axis]
    return Float(
      position[axis] * geometry.stride[axis] - geometry.padBegin[axis] + place * geometry.dilation[axis])
  }

  /// A number that is another at each place.
  private var turn: Int { position[0] * 7 + position[1] * 3 + channel / 2 * 5 + salt * 11 }

  func border(withNaN hasNaN: Bool) -> Float {
    let size = Float(map[axis])
    let targets: [Float] = [
      -1, 1.25, -0.5, size - 0.5, 0, size - 1, 2.875, size, -1.125, -0.125, size - 0.875, 1000.125, 0.5,
      -1000,
    ]
    // Along the two axes the lists run apart, so that every pair of targets comes.
    let number = axis == 0 ? turn : turn / 3 * 2 + turn + 3
    if hasNaN, turn % 9 == (axis == 0 ? 4 : 7) { return .nan }
    return targets[number % targets.count] - base
  }

  /// One axis moves at a time, so that products of two fine fractions need no bits.
  var fine: Float {
    guard tap == 0, (position[0] + position[1]) % 2 == axis, base >= 16 else { return 0 }
    let size = Float(map[axis])
    switch (position[0] + position[1]) / 2 % 3 {
    case 0: return 0x1p-21
    case 1: return 3 * 0x1p-8
    // Inside by less than the position's last bit: outside where the sum is rounded.
    default: return size - base - 0x1p-21
    }
  }
}
