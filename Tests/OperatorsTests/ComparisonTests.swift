import Operators
import Tensors
import TestSupport
import Testing

@Suite("Comparison of recorded elements")
struct ComparisonTests {
  private static let limits = ComparisonLimits(
    deviations: 6, absolute: 0x1p-149, unit: 0x1p-23, leastNormal: 0x1p-126)

  /// Elements of every kind: exact, within rounding, beyond it, tiny, not finite.
  private static func elements() -> (
    recorded: [Float], expected: [Double], variances: [Double], bounds: [Double]
  ) {
    var random = SeededGenerator(seed: 4)
    var (recorded, expected, variances, bounds): ([Float], [Double], [Double], [Double]) = ([], [], [], [])
    let rare: [(Float, Double)] = [
      (.nan, .nan), (.nan, 1), (1, .nan), (.infinity, .infinity), (.infinity, 1e39), (.infinity, 1),
      (1, .infinity), (-.infinity, .infinity), (0, -0.0), (0, 1e-46), (.leastNonzeroMagnitude, 2.9e-45),
      (3e38, 3.0000001e38),
    ]
    for index in 0..<1999 {
      let y = Double(random.normal()) * (index % 7 == 0 ? 1e-30 : 3)
      let error = index % 3 == 0 ? 0 : Double(random.normal()) * abs(y) * (index % 5 == 0 ? 1e-6 : 1e-7)
      let (found, exact) = index % 97 == 5 ? rare[index / 97 % rare.count] : (Float(y + error), y)
      recorded.append(found)
      expected.append(exact)
      // A few deviations are not known.
      let sigma = index % 31 == 0 ? 0 : abs(y) * 0x1p-24
      variances.append(index % 101 == 0 ? .infinity : sigma * sigma)
      bounds.append(index % 11 == 0 ? .infinity : abs(y) * 0x1p-20)
    }
    return (recorded, expected, variances, bounds)
  }

  @Test("finds what a look at each element finds", arguments: InstructionSet.available, [true, false])
  func compare(set: InstructionSet, isSingle: Bool) {
    let (recorded, expected, variances, bounds) = Self.elements()
    let limits = Self.limits
    let doubles = recorded.map(Double.init)
    let rounded = expected.map { Double(Float($0)) }
    let allowances = ElementAllowances(
      variances: variances.span, bounds: bounds.span, limits)
    let kernels = set.kernels.comparison
    let found =
      isSingle
      ? kernels.compare(.float(recorded.span), with: expected.span, allowances)
      : kernels.compare(.double(doubles.span, rounded: rounded.span), with: expected.span, allowances)
    var (exact, rounding, error, ulp, nearness, worst, worstPlace) = (0, 0, 0.0, 0.0, 0.0, -1.0, -1)
    var remaining: [Int] = []
    let tail = Set(found.remaining.suffix(expected.count % 8 + 64))
    for place in expected.indices {
      let (x, y, r, v) = (doubles[place], expected[place], rounded[place], variances[place])
      let e = abs(x - y)
      let isFinite = x.isFinite && y.isFinite && r.isFinite
      let isWithin =
        e <= limits.absolute || (v.isFinite && v > 1e-270 && e - limits.absolute <= 6 * v.squareRoot())
      // What lies behind the last whole group of vectors is listed, whatever it is.
      if place >= expected.count - 64, tail.contains(place) {
        remaining.append(place)
      } else if isFinite, x == r {
        exact += 1
        error = max(error, e)
      } else if isFinite, isWithin {
        rounding += 1
        error = max(error, e)
        ulp = max(ulp, abs(x - r) / (max(r.magnitude.binade, limits.leastNormal) * limits.unit))
        if bounds[place].isFinite { nearness = max(nearness, e / bounds[place]) }
        if e * e / v > worst { (worst, worstPlace) = (e * e / v, place) }
      } else {
        remaining.append(place)
      }
    }
    #expect(exact > 400 && rounding > 700 && remaining.count > 200)
    #expect(found.exact == exact && found.rounding == rounding)
    #expect(found.remaining == remaining)
    #expect(found.maximumError == error && found.maximumUlp == ulp)
    #expect(abs(found.maximumErrorToBound - nearness) <= nearness * 1e-15)
    #expect(found.worst == worstPlace)
  }

  @Test("without deviations only exact elements pass", arguments: InstructionSet.available)
  func exact(set: InstructionSet) {
    let (recorded, expected, _, _) = Self.elements()
    let none: [Double] = []
    let found = set.kernels.comparison.compare(
      .float(recorded.span), with: expected.span,
      ElementAllowances(
        variances: none.span, bounds: none.span, Self.limits))
    let listed = Set(found.remaining)
    #expect(found.rounding == 0 && found.worst == nil && found.exact + listed.count == expected.count)
    for place in expected.indices where !listed.contains(place) {
      #expect(recorded[place] == Float(expected[place]))
    }
    let others = expected.indices.filter { recorded[$0] != Float(expected[$0]) }
    #expect(listed.isSuperset(of: others))
  }

  @Test(
    "variances of sums follow the formula, and are 0 where fp32 ended", arguments: InstructionSet.available)
  func variances(set: InstructionSet) {
    let squares: [Float] = [1, 4, 0, .infinity, .nan, 1e-20, 2.5] + (0..<60).map { Float($0) * 0.37 }
    let values = squares.indices.map { Double($0) * 0.25 - 2 }
    let formula = VarianceFormula(
      least: 0.75, share: 0.125, spreadFactor: 2, valueFactor: 3, squareFactor: 5)
    var result = [Double](repeating: -1, count: squares.count)
    var span = result.mutableSpan
    set.kernels.comparison.variances(squares: squares.span, values: values.span, formula, into: &span)
    for place in squares.indices {
      let s = Double(squares[place]) * 0.75
      let y = values[place] * values[place]
      let expected = s > 0 && s < .infinity ? 2 * max(0, s - y / 8) + 3 * y + 5 * s : 0
      #expect(abs(result[place] - expected) <= abs(expected) * 1e-15)
    }
  }
}
