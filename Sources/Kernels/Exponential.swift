internal import Tensors

/// A number type with an exponential function of vectors.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2, and eˣ = 2ⁿ·(Taylor's series of eʳ to a term below half an ulp); within 2 ulp,
/// gradual underflow included.
protocol ExponentialLane: VectorLane {
  static func exponential(_ x: Vector) -> Vector
}

extension Float: ExponentialLane {
  @inline(__always)
  static func exponential(_ x: Vector) -> Vector {
    // The sum's last bits are n, rounded.
    let shift = Vector(repeating: 0x1.8p23)
    let low = Vector(repeating: -104)
    let high = Vector(repeating: 89)
    var bounded = x.replacing(with: low, where: x .< low)
    bounded.replace(with: high, where: bounded .> high)
    let shifted = multiplyAdd(shift, bounded, Vector(repeating: 1.442695041))
    let n = shifted - shift
    // ln 2 in two parts, the first of so few bits that its product with n is exact.
    var r = multiplyAdd(bounded, n, Vector(repeating: -0.693359375))
    r = multiplyAdd(r, n, Vector(repeating: 2.12194440e-4))
    var p = Vector(repeating: 1 / 5040)
    p = multiplyAdd(Vector(repeating: 1 / 720), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 120), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 24), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 6), p, r)
    p = multiplyAdd(Vector(repeating: 0.5), p, r)
    p = multiplyAdd(Vector(repeating: 1), p, r)
    p = multiplyAdd(Vector(repeating: 1), p, r)
    // 2ⁿ in two factors, as n reaches beyond the exponents.
    let bits = bitsOf(shifted) &- bitsOf(shift)
    let half = bits &>> 1
    return p * power(half) * power(bits &- half)
  }

  @inline(__always)
  private static func power(_ n: IntegerVector) -> Vector {
    // SAFETY: vectors of the same size; any bits are numbers.
    unsafe unsafeBitCast((n &+ 127) &<< 23, to: Vector.self)
  }

  @inline(__always)
  private static func bitsOf(_ x: Vector) -> IntegerVector {
    // SAFETY: vectors of the same size; any bits are numbers.
    unsafe unsafeBitCast(x, to: IntegerVector.self)
  }
}

extension Double: ExponentialLane {
  @inline(__always)
  static func exponential(_ x: Vector) -> Vector {
    let shift = Vector(repeating: 0x1.8p52)
    let low = Vector(repeating: -746)
    let high = Vector(repeating: 710)
    var bounded = x.replacing(with: low, where: x .< low)
    bounded.replace(with: high, where: bounded .> high)
    let shifted = multiplyAdd(shift, bounded, Vector(repeating: 1.4426950408889634))
    let n = shifted - shift
    var r = multiplyAdd(bounded, n, Vector(repeating: -0x1.62e42feep-1))
    r = multiplyAdd(r, n, Vector(repeating: -0x1.a39ef35793c76p-33))
    var p = Vector(repeating: 1 / 6_227_020_800)
    p = multiplyAdd(Vector(repeating: 1 / 479_001_600), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 39_916_800), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 3_628_800), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 362_880), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 40_320), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 5040), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 720), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 120), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 24), p, r)
    p = multiplyAdd(Vector(repeating: 1 / 6), p, r)
    p = multiplyAdd(Vector(repeating: 0.5), p, r)
    p = multiplyAdd(Vector(repeating: 1), p, r)
    p = multiplyAdd(Vector(repeating: 1), p, r)
    let bits = bitsOf(shifted) &- bitsOf(shift)
    let half = bits &>> 1
    return p * power(half) * power(bits &- half)
  }

  @inline(__always)
  private static func power(_ n: IntegerVector) -> Vector {
    // SAFETY: vectors of the same size; any bits are numbers.
    unsafe unsafeBitCast((n &+ 1023) &<< 52, to: Vector.self)
  }

  @inline(__always)
  private static func bitsOf(_ x: Vector) -> IntegerVector {
    // SAFETY: vectors of the same size; any bits are numbers.
    unsafe unsafeBitCast(x, to: IntegerVector.self)
  }
}

extension VectorKernels {
  package func softmax(
    _ x: Span<Element>, columns: Int, temperature: Element, into y: inout MutableSpan<Element>
  ) {
    precondition(columns >= 1 && x.count == y.count && x.count % columns == 0, "\(x.count), \(columns)")
    // SAFETY: both spans have the same count of elements, whole rows.
    unsafe x.withUnsafeBufferPointer { x in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let target = y.baseAddress else { return }
        var row = 0
        while row < y.count {
          unsafe spread(x + row, target + row, columns, temperature)
          row &+= columns
        }
        unsafe exponentiate(target, y.count)
        row = 0
        while row < y.count {
          unsafe share(target + row, columns)
          row &+= columns
        }
      }
    }
  }
}

/// Subtracts the largest element, and divides by the temperature.
@inline(__always)
private func spread<S: ExponentialLane>(
  _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>, _ count: Int, _ temperature: S
) {
  // SAFETY: `softmax` has checked the count.
  var largest = unsafe x[0]
  for index in 1..<count where unsafe largest < x[index] { largest = unsafe x[index] }
  if temperature == 1 {
    for index in 0..<count { unsafe y[index] = x[index] - largest }
  } else {
    for index in 0..<count { unsafe y[index] = (x[index] - largest) / temperature }
  }
}

@inline(__always)
private func exponentiate<S: ExponentialLane>(_ y: UnsafeMutablePointer<S>, _ count: Int) {
  let width = S.vectorWidth
  var index = 0
  while index &+ width <= count {
    // SAFETY: `softmax` has checked the count.
    unsafe store(S.exponential(load(y + index)), y + index)
    index &+= width
  }
  guard index < count else { return }
  var rest = S.Vector(repeating: 0)
  for place in index..<count { rest[place &- index] = unsafe y[place] }
  rest = S.exponential(rest)
  for place in index..<count { unsafe y[place] = rest[place &- index] }
}

/// Divides by the sum, which is taken in order.
@inline(__always)
private func share<S: ExponentialLane>(_ y: UnsafeMutablePointer<S>, _ count: Int) {
  var sum: S = 0
  // SAFETY: `softmax` has checked the count.
  for index in 0..<count { sum += unsafe y[index] }
  for index in 0..<count { unsafe y[index] /= sum }
}
