internal import Tensors

/// Where eight samples are along one axis of a map with a rim.
struct AxisSamples {
  /// Which of them count.
  let counts: SIMDMask<SIMD8<Int32>>
  /// The elements before them, of which the rim's is −1, counted modulo 2³².
  let before: SIMD8<UInt32>
  /// How far they are from there: the difference of two numbers, which may have more digits than fp32.
  private let begin: SIMD8<Float>
  private let end: SIMD8<Float>

  /// - Parameter corners: of the windows.
  /// - Precondition: where a sample counts, all numbers are below 2²².
  @inline(__always)
  init(_ displacement: SIMD8<Float>, _ corners: SIMD8<Float>, tap: Float, _ size: Float, _ rule: SampleRule) {
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
    switch rule.border {
    case .closed:
      let isInside = (absolute .>= 0) .& (absolute .< size)
      relative = zero.replacing(with: relative, where: isInside) + zero
      let whole = Self.floor(relative)
      let element = origin + whole
      // A relative position may round down across the edge that the absolute one has not crossed. At the far edge an
      // element is its own neighbour, and the rim repeats it; at the near edge it is all of a sample before it.
      let isFar = element .>= size - 1
      let isNear = (element .< 0) .& .!isFar
      let near: Float = size > 1 ? 1 : 0
      before = Self.integers(
        element.replacing(with: size - 1, where: isFar).replacing(with: -near, where: isNear))
      begin = whole.replacing(with: 0, where: isFar .| isNear)
      end = relative.replacing(with: 0, where: isFar).replacing(with: near, where: isNear)
      counts = isInside
    case .zero:
      let isInside = (absolute .> -1) .& (absolute .< size)
      relative = zero.replacing(with: relative, where: isInside) + zero
      let whole = Self.floor(relative)
      let element = origin + whole
      let isOnMap = isInside .& (element .>= -1) .& (element .< size)
      before = Self.integers(element)
      begin = whole.replacing(with: 0, where: .!isOnMap)
      end = relative.replacing(with: 0, where: .!isOnMap)
      counts = isOnMap
    }
  }

  /// How far each is from the element before.
  @inline(__always)
  func fraction<S: VectorLane>(_ type: S.Type) -> SIMD8<S> { widened(end) - widened(begin) }

  @inline(__always)
  private func widened<S: VectorLane>(_ numbers: SIMD8<Float>) -> SIMD8<S> {
    SIMD8(
      S(numbers[0]), S(numbers[1]), S(numbers[2]), S(numbers[3]), S(numbers[4]), S(numbers[5]), S(numbers[6]),
      S(numbers[7]))
  }

  /// Added to a number below 2²², it leaves the number's whole part in the lower bits.
  private static var shift: Float { 0x1.8p23 }

  /// Rounds down.
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
