internal import Tensors

/// Where eight samples are along one axis of a map with a rim.
///
/// Nothing is stored: a type that holds vectors would leave wide code in a symbol that the linker shares.
enum AxisSamples {
  /// - Parameter corners: of the windows.
  /// - Returns: the samples that count; the elements before them, of which the rim's is −1, counted modulo 2³²; and how
  ///   far the samples are from those.
  /// - Precondition: where a sample counts, all numbers are below 2²².
  @inline(__always)
  static func locate<S: VectorLane>(
    _ displacement: SIMD8<Float>, _ corners: SIMD8<Float>, tap: Float, _ size: Float, _ rule: SampleRule
  ) -> (isCounted: SIMDMask<SIMD8<Int32>>, before: SIMD8<UInt32>, fraction: SIMD8<S>) {
    let zero = SIMD8<Float>(repeating: 0)
    var absolute = (corners + tap) + displacement
    var (relative, origin) = (absolute, zero)
    switch rule.coordinates {
    case .absolute: break
    case .relative: (relative, origin) = (tap + displacement, corners)
    case .half:
      for lane in 0..<8 { absolute[lane] = roundedToHalf(absolute[lane]) }
      relative = absolute
    }
    // Corner and tap are added without a rounding, so that an element is never before the map's first one, or its
    // rim's. Behind the last one it may come: a relative position rounds up where the absolute one did not.
    switch rule.border {
    case .closed:
      let isInside = (absolute .>= 0) .& (absolute .< size)
      let (whole, element) = whole(&relative, origin, isInside)
      // At the far edge an element is its own neighbour, and the rim repeats it.
      let isFar = element .>= size - 1
      return (
        isInside, integers(element.replacing(with: size - 1, where: isFar)),
        distance(from: whole.replacing(with: 0, where: isFar), to: relative.replacing(with: 0, where: isFar))
      )
    case .zero:
      let isInside = (absolute .> -1) .& (absolute .< size)
      let (whole, element) = whole(&relative, origin, isInside)
      let isOnMap = isInside .& (element .< size)
      return (isOnMap, integers(element), distance(from: whole, to: relative))
    }
  }

  /// What positions are rounded down to, and the elements there; positions that do not count become 0, as does −0,
  /// whose distance from 0 would be −0.
  @inline(__always)
  private static func whole(
    _ positions: inout SIMD8<Float>, _ origin: SIMD8<Float>, _ counts: SIMDMask<SIMD8<Int32>>
  ) -> (whole: SIMD8<Float>, element: SIMD8<Float>) {
    let zero = SIMD8<Float>(repeating: 0)
    positions = zero.replacing(with: positions, where: counts) + zero
    let whole = floor(positions)
    return (whole, origin + whole)
  }

  /// The differences, which may have more digits than fp32.
  @inline(__always)
  private static func distance<S: VectorLane>(from begin: SIMD8<Float>, to end: SIMD8<Float>) -> SIMD8<S> {
    widened(end) - widened(begin)
  }

  @inline(__always)
  private static func widened<S: VectorLane>(_ numbers: SIMD8<Float>) -> SIMD8<S> {
    SIMD8(
      S(numbers[0]), S(numbers[1]), S(numbers[2]), S(numbers[3]), S(numbers[4]), S(numbers[5]), S(numbers[6]),
      S(numbers[7]))
  }

  /// Added to a number below 2²², it leaves the nearest whole number in the lower bits.
  private static var shift: Float { 0x1.8p23 }

  /// Rounds numbers below 2²² down.
  @inline(__always)
  private static func floor(_ numbers: SIMD8<Float>) -> SIMD8<Float> {
    let nearest = (numbers + shift) - shift
    return nearest.replacing(with: nearest - 1, where: nearest .> numbers)
  }

  /// Whole numbers modulo 2³².
  @inline(__always)
  private static func integers(_ numbers: SIMD8<Float>) -> SIMD8<UInt32> {
    // SAFETY: vectors of the same size, of which every pattern of bits is one.
    unsafe unsafeBitCast(numbers + shift, to: SIMD8<UInt32>.self) &- shift.bitPattern
  }
}
