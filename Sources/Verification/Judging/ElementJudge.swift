internal import Operators
internal import Tensors

/// Judges the elements of one recorded value against its rerun.
struct ElementJudge {
  let bound: ErrorBound
  /// The fp64 rerun.
  let expected: [Double]
  /// The recorded elements, widened.
  let recorded: [Double]
  let shape: Shape
  let stored: StoredType
  let precision: Precision
  let tolerance: Tolerance?
  /// Where the operator's result jumps; nil where it does not.
  var otherSides: (any OtherSides)?
  /// What the rerun's own inputs are off by, for a layer behind others that were not recorded.
  var carried: (variance: [Double], bound: [Double])?
  /// Whether to gather where the errors are: four bytes more an element.
  var spreads = false

  /// Below this many screened deviations an element is cleared without a look at its products. Six would be as
  /// sound; two keep the ratios in reports from being mere upper estimates.
  private static let screening = 2.0

  /// Elements that one block holds; blocks are judged apart and gathered in order.
  private static let blockSize = 4096

  /// Judges all elements; the result does not depend on the number of threads.
  func judge(on threads: Threads) -> ErrorStatistics {
    let blocks = (expected.count + Self.blockSize - 1) / Self.blockSize
    let parts = threads.map(blocks) { block in
      judge(block * Self.blockSize..<min((block + 1) * Self.blockSize, expected.count))
    }
    var statistics = parts.reduce(into: ErrorStatistics()) { $0.add($1.statistics) }
    if spreads {
      var ratios: [Float] = []
      ratios.reserveCapacity(expected.count)
      for part in parts { ratios += part.ratios }
      statistics.distribution = ErrorDistribution(ratios, shape: shape)
    }
    return statistics
  }

  /// The elements that fail, in order.
  func failing(on threads: Threads) -> [Int] {
    let blocks = (expected.count + Self.blockSize - 1) / Self.blockSize
    return threads.map(blocks) { block in
      var terms = SumTerms()
      return (block * Self.blockSize..<min((block + 1) * Self.blockSize, expected.count)).filter {
        judge($0, &terms).verdict.isFailure
      }
    }.flatMap { $0 }
  }

  /// - Returns: the ratios of the elements' errors to their deviations too, where they are asked for.
  private func judge(_ range: Range<Int>) -> (statistics: ErrorStatistics, ratios: [Float]) {
    var statistics = ErrorStatistics()
    var ratios: [Float] = []
    var terms = SumTerms()
    for element in range {
      let finding = judge(element, &terms)
      statistics.add(finding, position: { shape.position(of: element) })
      if spreads { ratios.append(finding.verdict == .exact ? 0 : Float(finding.errorToSigma)) }
    }
    return (statistics, ratios)
  }

  func judge(_ element: Int, _ terms: inout SumTerms) -> ElementFinding {
    let (y, found) = (expected[element], recorded[element])
    let rounded = stored.stored(y)
    let isSame = found == rounded || (found.isNaN && rounded.isNaN)
    guard y.isFinite, found.isFinite, rounded.isFinite else {
      // Not finite on one side alone: no bound speaks of it, and nothing excuses it.
      return ElementFinding(
        recorded: found, expected: y, error: isSame ? 0 : .infinity, sigma: 0, hard: 0,
        isUpperEstimate: false,
        ulp: isSame ? 0 : .infinity, verdict: isSame ? .exact : .mismatch)
    }
    let error = abs(found - y)
    let ulp = abs(found - rounded) / stored.unitInLastPlace(at: rounded)
    let allowed = errorBound(element, error: error, &terms)
    var verdict = Verdict.mismatch
    if isSame {
      verdict = .exact
    } else if error <= 6 * allowed.sigma + precision.absoluteTerm {
      verdict = .rounding
    } else if tolerance?.covers(error: error, expected: y) == true {
      verdict = .policy
    } else if error <= allowed.hard + precision.absoluteTerm {
      verdict = .suspect
    }
    if verdict > .policy, standsOnOtherSide(element, found) { verdict = .illConditioned }
    return ElementFinding(
      recorded: found, expected: y, error: error, sigma: allowed.sigma, hard: allowed.hard,
      isUpperEstimate: allowed.isScreened, ulp: ulp, verdict: verdict)
  }

  /// Whether a decision within coordinate error gives the recorded number when it falls the other way.
  private func standsOnOtherSide(_ element: Int, _ found: Double) -> Bool {
    guard let otherSides else { return false }
    return otherSides.terms(of: element).contains { terms in
      let value = (terms.products.reduce(0, +) + (terms.bias ?? 0)) / terms.divisor
      let error = abs(found - value)
      switch bound {
      case .exact: return found == stored.stored(value)
      case .sums(let bound):
        let sigma = SumJudge(bound: bound, precision: precision.arithmetic).error(
          of: terms, value: value, observed: error
        ).sigma
        let storing = stored.roundoff > precision.arithmetic.roundoff ? stored.roundoff * abs(value) : 0
        return error <= 6 * (sigma * sigma + storing * storing / 3).squareRoot() + precision.absoluteTerm
      case .elementwise, .discrete, .unknown: return false
      }
    }
  }

  /// The deviation and the hard bound of an element, no dearer than the observed error asks for.
  private func errorBound(
    _ element: Int, error: Double, _ terms: inout SumTerms
  ) -> (sigma: Double, hard: Double, isScreened: Bool) {
    let u = precision.arithmetic.roundoff
    // A result stored in a smaller type than it was computed in is rounded once more.
    let storing = stored.roundoff > u ? stored.roundoff * abs(expected[element]) : 0
    let (variance, bound) = (carried?.variance[element] ?? 0, carried?.bound[element] ?? 0)
    func widened(_ sigma: Double, _ hard: Double) -> (Double, Double) {
      ((sigma * sigma + storing * storing / 3 + variance).squareRoot(), hard + storing + bound)
    }
    switch self.bound {
    case .exact, .discrete, .unknown:
      let (sigma, hard) = widened(0, 0)
      return (sigma, hard, false)
    case .elementwise(let bound):
      let units = bound.error(of: element)
      let (sigma, hard) = widened(units.sigma * u, units.hard * u)
      return (sigma, hard, false)
    case .sums(let bound):
      let judge = SumJudge(bound: bound, precision: precision.arithmetic)
      let screened = widened(judge.screen(element, value: expected[element]), 0).0
      if error <= Self.screening * screened + precision.absoluteTerm { return (screened, .infinity, true) }
      let exact = judge.error(element, value: expected[element], observed: error, &terms)
      let (sigma, hard) = widened(exact.sigma, exact.hard)
      return (sigma, hard, false)
    }
  }
}

/// A tolerance that the user asked for by name: |error| ≤ absolute + relative · |expected|.
package struct Tolerance: Sendable, Hashable {
  package let relative: Double
  package let absolute: Double

  package init(relative: Double, absolute: Double) {
    self.relative = relative
    self.absolute = absolute
  }

  func covers(error: Double, expected: Double) -> Bool { error <= absolute + relative * abs(expected) }
}

/// What was found of one element.
struct ElementFinding {
  let recorded: Double
  let expected: Double
  let error: Double
  let sigma: Double
  let hard: Double
  let isUpperEstimate: Bool
  let ulp: Double
  let verdict: Verdict

  /// The error in standard deviations; 0 where there is none, whatever the deviation.
  var errorToSigma: Double { error == 0 ? 0 : error / sigma }
  var errorToBound: Double { error == 0 || hard == .infinity ? 0 : error / hard }
}

extension ErrorStatistics {
  mutating func add(_ finding: ElementFinding, position: () -> [Int]) {
    elements += 1
    counts[finding.verdict, default: 0] += 1
    if finding.verdict > .rounding { outside += 1 }
    maximumError = max(maximumError, finding.error)
    maximumUlp = max(maximumUlp, finding.ulp)
    maximumErrorToBound = max(maximumErrorToBound, finding.errorToBound)
    // An exact element's error is the rounding of its storage, which says nothing of the computation.
    if finding.verdict != .exact, finding.errorToSigma > maximumErrorToSigma {
      maximumErrorToSigma = finding.errorToSigma
      isUpperEstimate = finding.isUpperEstimate
    }
    if finding.verdict != .exact, finding.verdict != .illConditioned {
      conditionedErrorToSigma = max(conditionedErrorToSigma, finding.errorToSigma)
    }
    guard finding.verdict > .exact, isWorse(finding) else { return }
    worst = Outlier(
      position: position(), recorded: finding.recorded, expected: finding.expected, sigma: finding.sigma,
      verdict: finding.verdict)
  }

  private func isWorse(_ finding: ElementFinding) -> Bool {
    guard let worst else { return true }
    if finding.verdict != worst.verdict { return finding.verdict > worst.verdict }
    return finding.errorToSigma > worst.errorToSigma
  }

  /// Gathers a later part of the same value.
  mutating func add(_ part: ErrorStatistics) {
    elements += part.elements
    counts.merge(part.counts, uniquingKeysWith: +)
    outside += part.outside
    maximumError = max(maximumError, part.maximumError)
    maximumUlp = max(maximumUlp, part.maximumUlp)
    conditionedErrorToSigma = max(conditionedErrorToSigma, part.conditionedErrorToSigma)
    maximumErrorToBound = max(maximumErrorToBound, part.maximumErrorToBound)
    if part.maximumErrorToSigma > maximumErrorToSigma {
      maximumErrorToSigma = part.maximumErrorToSigma
      isUpperEstimate = part.isUpperEstimate
    }
    guard let candidate = part.worst else { return }
    if let worst, (worst.verdict, worst.errorToSigma) >= (candidate.verdict, candidate.errorToSigma) {
      return
    }
    worst = candidate
  }
}

extension Outlier {
  var errorToSigma: Double { recorded == expected ? 0 : abs(recorded - expected) / sigma }
}
