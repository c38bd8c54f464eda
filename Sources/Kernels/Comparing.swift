internal import Tensors

/// Recorded elements, and what expected ones are where they are stored so.
private protocol RecordedNumbers {
  func recorded(at place: Int) -> Double.Vector
  func rounded(_ expected: Double.Vector, at place: Int) -> Double.Vector
}

@safe
private struct FloatNumbers: RecordedNumbers {
  // SAFETY: a vector of elements stands at each place that is asked for.
  let recorded: UnsafePointer<Float>

  @inline(__always)
  func recorded(at place: Int) -> Double.Vector {
    unsafe Double.Vector(UnsafeRawPointer(recorded + place).loadUnaligned(as: Double.Singles.self))
  }

  @inline(__always)
  func rounded(_ expected: Double.Vector, at place: Int) -> Double.Vector {
    Double.Vector(Double.Singles(expected))
  }
}

@safe
private struct DoubleNumbers: RecordedNumbers {
  // SAFETY: a vector of elements stands at each place that is asked for.
  let recorded: UnsafePointer<Double>
  let rounded: UnsafePointer<Double>

  @inline(__always)
  func recorded(at place: Int) -> Double.Vector { unsafe load(recorded + place) }

  @inline(__always)
  func rounded(_ expected: Double.Vector, at place: Int) -> Double.Vector { unsafe load(rounded + place) }
}

/// The comparison, in this module's vectors.
struct DoubleComparison: ComparisonKernels {
  private typealias Vector = Double.Vector
  private typealias Mask = SIMDMask<Double.IntegerVector>

  /// Vectors that are looked at together: whether all of their elements are cleared is asked once.
  private static let group = 8

  package func compare(
    _ recorded: RecordedElements, with expected: Span<Double>, _ allowances: borrowing ElementAllowances
  ) -> ClearedElements {
    let (variances, bounds, limits) = (allowances.variances, allowances.bounds, allowances.limits)
    let counts = [variances.count, bounds.count]
    // SAFETY: all that are not empty have as many elements, as is checked first, and vectors end before that.
    return unsafe expected.withUnsafeBufferPointer { expected in
      unsafe variances.withUnsafeBufferPointer { variances in
        unsafe bounds.withUnsafeBufferPointer { bounds in
          let count = expected.count
          precondition(counts.allSatisfy { $0 == 0 || $0 == count }, "\(counts) for \(count)")
          guard let expected = expected.baseAddress else { return ClearedElements() }
          let given = unsafe Given(
            count: count, expected: expected, variances: variances.isEmpty ? nil : variances.baseAddress,
            bounds: bounds.isEmpty ? nil : bounds.baseAddress)
          switch recorded {
          case .float(let recorded):
            precondition(recorded.count == count, "\(recorded.count) for \(count)")
            return unsafe recorded.withUnsafeBufferPointer { recorded in
              guard let recorded = recorded.baseAddress else { return ClearedElements() }
              return unsafe compare(FloatNumbers(recorded: recorded), given, limits)
            }
          case .double(let recorded, let rounded):
            precondition(recorded.count == count && rounded.count == count, "\(recorded.count) for \(count)")
            return unsafe recorded.withUnsafeBufferPointer { recorded in
              unsafe rounded.withUnsafeBufferPointer { rounded in
                guard let recorded = recorded.baseAddress, let rounded = rounded.baseAddress else {
                  return ClearedElements()
                }
                return unsafe compare(DoubleNumbers(recorded: recorded, rounded: rounded), given, limits)
              }
            }
          }
        }
      }
    }
  }

  @unsafe
  private struct Given {
    let count: Int
    let expected: UnsafePointer<Double>
    let variances: UnsafePointer<Double>?
    let bounds: UnsafePointer<Double>?
  }

  @inline(__always)
  private func compare<N: RecordedNumbers>(
    _ numbers: N, _ given: Given, _ limits: ComparisonLimits
  ) -> ClearedElements {
    let width = Double.vectorWidth
    let stretch = Self.group * width
    var result = ClearedElements()
    var tally = Tally()
    var start = 0
    while unsafe start &+ stretch <= given.count {
      let before = tally.cleared
      let end = start &+ stretch
      var place = start
      if let variances = unsafe given.variances {
        while place < end {
          let look = unsafe Look(
            numbers, load(given.expected + place), place, variance: load(variances + place), limits)
          if let bounds = unsafe given.bounds { unsafe tally.addNearness(look, bound: load(bounds + place)) }
          tally.add(look, place, limits)
          place &+= width
        }
      } else {
        while place < end {
          let look = unsafe Look(numbers, load(given.expected + place), place, variance: .zero, limits)
          tally.addExact(look)
          place &+= width
        }
      }
      if Double.sum(tally.cleared - before) != Double(stretch) {
        unsafe list(numbers, given, limits, start..<end, in: &result.remaining)
      }
      start = end
    }
    tally.gather(into: &result)
    unsafe result.remaining.append(contentsOf: start..<given.count)
    return result
  }

  /// Lists the elements of a group that are not cleared.
  @inline(never)
  private func list<N: RecordedNumbers>(
    _ numbers: N, _ given: Given, _ limits: ComparisonLimits, _ group: Range<Int>, in remaining: inout [Int]
  ) {
    for place in stride(from: group.lowerBound, to: group.upperBound, by: Double.vectorWidth) {
      let variance = unsafe given.variances.map { unsafe load($0 + place) }
      let look = unsafe Look(
        numbers, load(given.expected + place), place, variance: variance ?? .zero, limits)
      let passes = variance == nil ? look.isExact : look.isExact .| look.isWithin
      let cleared = Vector.zero.replacing(with: 1, where: passes)
      for lane in 0..<Double.vectorWidth where cleared[lane] == 0 { remaining.append(place &+ lane) }
    }
  }

  /// What is found of one vector of elements.
  private struct Look {
    let error: Vector
    let variance: Vector
    /// From the expected one rounded once.
    let distance: Vector
    let rounded: Vector
    let isExact: Mask
    let isWithin: Mask

    @inline(__always)
    init<N: RecordedNumbers>(
      _ numbers: N, _ expected: Vector, _ place: Int, variance: Vector, _ limits: ComparisonLimits
    ) {
      let recorded = numbers.recorded(at: place)
      let rounded = numbers.rounded(expected, at: place)
      let error = magnitude(recorded - expected)
      let beyond = error - limits.absolute
      // Infinities and NaN are neither: of their errors and variances none is below infinity.
      let isKnown = (error .< .infinity) .& (magnitude(rounded) .< .infinity)
      let isAllowed =
        (beyond .<= 0)
        .| ((beyond * beyond .<= variance * (limits.deviations * limits.deviations))
          .& (variance .< .infinity) .& (variance .>= leastVariance))
      let isExact = (recorded .== rounded) .& isKnown
      let isWithin = (recorded .!= rounded) .& isKnown .& isAllowed
      self.isExact = isExact
      self.isWithin = isWithin
      self.error = error
      self.variance = variance
      self.rounded = rounded
      distance = magnitude(recorded - rounded)
    }
  }

  /// What was found of all vectors, lane by lane.
  private struct Tally {
    /// Elements, whole numbers all.
    var cleared = Vector.zero
    private var within = Vector.zero
    private var maximumError = Vector.zero
    private var maximumUlp = Vector.zero
    /// The largest quotients so far, as their parts: an element beats one by a comparison of products.
    private var boundError = Vector.zero
    private var bound = Vector(repeating: 1)
    private var worstSquare = Vector(repeating: -1)
    private var worstVariance = Vector(repeating: 1)
    private var worst = Vector(repeating: -1)

    @inline(__always)
    mutating func addExact(_ look: Look) {
      cleared += Vector.zero.replacing(with: 1, where: look.isExact)
      maximumError = Double.larger(
        maximumError, Vector.zero.replacing(with: look.error, where: look.isExact))
    }

    @inline(__always)
    mutating func addNearness(_ look: Look, bound: Vector) {
      let isNearer = (look.error * self.bound .> boundError * bound) .& look.isWithin
      boundError.replace(with: look.error, where: isNearer)
      self.bound.replace(with: bound, where: isNearer)
    }

    @inline(__always)
    mutating func add(_ look: Look, _ place: Int, _ limits: ComparisonLimits) {
      let within = look.isWithin
      cleared += Vector.zero.replacing(with: 1, where: look.isExact .| within)
      self.within += Vector.zero.replacing(with: 1, where: within)
      let known = Vector.zero.replacing(with: look.error, where: look.isExact .| within)
      maximumError = Double.larger(maximumError, known)
      let ulp = look.distance / unitInLastPlace(at: look.rounded, limits.leastNormal, limits.unit)
      maximumUlp = Double.larger(maximumUlp, Vector.zero.replacing(with: ulp, where: within))
      let square = look.error * look.error
      let isWorse = (square * worstVariance .> worstSquare * look.variance) .& within
      worstSquare.replace(with: square, where: isWorse)
      worstVariance.replace(with: look.variance, where: isWorse)
      worst.replace(with: Vector(repeating: Double(place)), where: isWorse)
    }

    func gather(into result: inout ClearedElements) {
      result.rounding = Int(Double.sum(within))
      result.exact = Int(Double.sum(cleared)) - result.rounding
      var ratio = -1.0
      for lane in 0..<Double.vectorWidth {
        result.maximumError = max(result.maximumError, maximumError[lane])
        result.maximumUlp = max(result.maximumUlp, maximumUlp[lane])
        if boundError[lane] > 0 {
          result.maximumErrorToBound = max(result.maximumErrorToBound, boundError[lane] / bound[lane])
        }
        guard worst[lane] >= 0 else { continue }
        let place = Int(worst[lane]) + lane
        let own = worstSquare[lane] / worstVariance[lane]
        if own > ratio || (own == ratio && place < result.worst ?? .max) {
          (ratio, result.worst) = (own, place)
        }
      }
    }
  }

  package func variances(
    squares: Span<Float>, values: Span<Double>, _ formula: VarianceFormula,
    into variances: inout MutableSpan<Double>
  ) {
    let count = variances.count
    precondition(
      squares.count == count && values.count == count, "\(squares.count), \(values.count), \(count)")
    let f = formula
    // SAFETY: all three have `count` elements, as just checked.
    unsafe squares.withUnsafeBufferPointer { squares in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe variances.withUnsafeMutableBufferPointer { variances in
          for index in 0..<count {
            let known = unsafe Double(squares[index]) * f.least
            let square = unsafe values[index] * values[index]
            let spread = known - square * f.share
            let variance =
              (spread > 0 ? spread : 0) * f.spreadFactor + square * f.valueFactor + known * f.squareFactor
            // Where fp32 ended, nothing is known.
            unsafe variances[index] = known > 0 && known < .infinity ? variance : 0
          }
        }
      }
    }
  }
}

/// Below this a square may have lost bits to underflow, and decides nothing.
private let leastVariance = 0x1p-900

@inline(__always)
private func magnitude(_ x: Double.Vector) -> Double.Vector {
  unsafe unsafeBitCast(
    unsafeBitCast(x, to: Double.IntegerVector.self) & Double.IntegerVector(repeating: 0x7FFF_FFFF_FFFF_FFFF),
    to: Double.Vector.self)
}

/// The distance between neighbours of the recorded type at these values.
@inline(__always)
private func unitInLastPlace(
  at x: Double.Vector, _ leastNormal: Double, _ unit: Double
) -> Double.Vector {
  let exponents =
    unsafe unsafeBitCast(x, to: Double.IntegerVector.self)
    & Double.IntegerVector(repeating: 0x7FF0_0000_0000_0000)
  let powers = unsafe unsafeBitCast(exponents, to: Double.Vector.self)
  return Double.larger(powers, Double.Vector(repeating: leastNormal)) * unit
}
