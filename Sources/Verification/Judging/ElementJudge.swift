internal import Operators
internal import Tensors

/// Judges the elements of one recorded value against its rerun.
struct ElementJudge {
  let bound: ErrorBound
  /// The fp64 rerun.
  let expected: Elements<Double>
  let recorded: Tensor
  let stored: StoredType
  let precision: Precision
  let tolerance: Tolerance?
  /// Where the operator's result jumps; nil where it does not.
  var otherSides: (any OtherSides)?
  /// What the rerun's own inputs are off by, for a layer behind others that were not recorded.
  var carried: (variance: Elements<Double>, bound: Elements<Double>)?
  /// Whether to gather where the errors are: four bytes more an element.
  var spreads = false
  /// Of sums, and Σp² of each where they were computed for all at once.
  private let sums: SumJudge?
  private let squares: SumsOfSquares?

  private var shape: Shape { recorded.shape }

  init(
    bound: ErrorBound, expected: Elements<Double>, recorded: Tensor, precision: Precision,
    tolerance: Tolerance? = nil, on threads: Threads
  ) {
    precondition(
      recorded.shape.count == expected.count, "\(recorded.shape) for \(expected.count) elements")
    self.bound = bound
    self.expected = expected
    self.recorded = recorded
    stored = StoredType(recorded.elementType)
    self.precision = precision
    self.tolerance = tolerance
    if case .sums(let bound) = bound {
      sums = SumJudge(bound: bound, precision: precision.arithmetic)
      squares = bound.squares(on: threads)
    } else {
      (sums, squares) = (nil, nil)
    }
  }

  /// Below this many screened deviations an element is cleared without a look at its products. Six would be as
  /// sound; two keep the ratios in reports from being mere upper estimates.
  private static let screening = 2.0

  /// Elements that one block holds; blocks are judged apart and gathered in order.
  private static let blockSize = 4096

  /// Judges all elements; the result does not depend on the number of threads.
  func judge(on threads: Threads) -> ErrorStatistics {
    let parts = threads.map(blocks) { judge(block: $0) }
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
    threads.map(blocks) { block in
      let block = Block(self, elements(of: block))
      var terms = SumTerms()
      return block.recorded.indices.compactMap { place in
        judge(place, of: block, &terms).verdict.isFailure ? block.elements.lowerBound + place : nil
      }
    }.flatMap { $0 }
  }

  private var blocks: Int { (expected.count + Self.blockSize - 1) / Self.blockSize }

  private func elements(of block: Int) -> Range<Int> {
    block * Self.blockSize..<min((block + 1) * Self.blockSize, expected.count)
  }

  /// - Returns: the ratios of the elements' errors to their deviations too, where they are asked for.
  private func judge(block: Int) -> (statistics: ErrorStatistics, ratios: [Float]) {
    let block = Block(self, elements(of: block))
    let (limit, isUpperEstimate, stored) = (limit, isUpperEstimate, stored)
    let absoluteTerm = precision.absoluteTerm
    var tally = ElementTally()
    var ratios: [Float] = []
    var terms = SumTerms()
    for place in block.recorded.indices {
      let (y, found, rounded) = (block.expected[place], block.recorded[place], block.rounded[place])
      let (error, allowed) = (abs(found - y), block.allowances[place])
      // Most elements are one of these two; infinities and NaN are neither.
      if found == rounded, error < .infinity {
        tally.addExact(error: error)
        if spreads { ratios.append(0) }
      } else if error <= limit * allowed.sigma + absoluteTerm, rounded.isFinite {
        tally.addRounding(
          place: place, error: error, sigma: allowed.sigma, hard: allowed.hard,
          distance: abs(found - rounded),
          unitInLastPlace: stored.unitInLastPlace(at: rounded))
        if spreads { ratios.append(Float(error / allowed.sigma)) }
      } else {
        let finding = judge(place, of: block, &terms)
        tally.add(finding) { shape.position(of: block.elements.lowerBound + place) }
        if spreads { ratios.append(finding.verdict == .exact ? 0 : Float(finding.errorToSigma)) }
      }
    }
    let statistics = tally.statistics(isUpperEstimate: isUpperEstimate) { place in
      Outlier(
        position: shape.position(of: block.elements.lowerBound + place), recorded: block.recorded[place],
        expected: block.expected[place], sigma: block.allowances[place].sigma, verdict: .rounding)
    }
    return (statistics, ratios)
  }

  /// Deviations within which a block's allowances clear an element.
  private var limit: Double { sums != nil && squares == nil ? Self.screening : 6 }

  /// Whether a block's allowances are less than what is to be expected.
  private var isUpperEstimate: Bool { sums != nil && squares?.isPartial != false }

  private func judge(_ place: Int, of block: Block, _ terms: inout SumTerms) -> ElementFinding {
    let element = block.elements.lowerBound + place
    let (y, found, rounded) = (block.expected[place], block.recorded[place], block.rounded[place])
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
    var allowed = block.allowances[place]
    var isUpperEstimate = self.isUpperEstimate
    if let sums, !isSame, error > limit * allowed.sigma + precision.absoluteTerm {
      let exact = sums.error(element, value: y, observed: error, &terms)
      allowed = widened((exact.sigma, exact.hard), element, y)
      isUpperEstimate = false
    }
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
      isUpperEstimate: isUpperEstimate, ulp: ulp, verdict: verdict)
  }

  /// Whether a decision within coordinate error gives the recorded number when it falls the other way.
  private func standsOnOtherSide(_ element: Int, _ found: Double) -> Bool {
    guard let otherSides else { return false }
    return otherSides.terms(of: element).contains { terms in
      let value = (terms.products.reduce(0, +) + (terms.bias ?? 0)) / terms.divisor
      let error = abs(found - value)
      if case .exact = bound { return found == stored.stored(value) }
      guard let sums else { return false }
      let sigma = sums.error(of: terms, value: value, observed: error).sigma
      let storing = stored.roundoff > precision.arithmetic.roundoff ? stored.roundoff * abs(value) : 0
      return error <= 6 * (sigma * sigma + storing * storing / 3).squareRoot() + precision.absoluteTerm
    }
  }

  /// The deviation to expect of an element, and what it cannot exceed.
  private typealias Allowance = (sigma: Double, hard: Double)

  /// Elements that are judged together.
  private struct Block {
    let elements: Range<Int>
    let expected: [Double]
    let recorded: [Double]
    /// The expected elements as the recorded type stores them.
    let rounded: [Double]
    /// What is known without a look at products, which may be less than what is to be expected.
    let allowances: [Allowance]

    init(_ judge: ElementJudge, _ elements: Range<Int>) {
      self.elements = elements
      expected = judge.expected.array(elements)
      recorded = judge.recorded.stretch(elements).converted(to: Double.self)
      rounded = judge.stored.stored(expected)
      allowances = judge.allowances(elements, expected)
    }
  }

  private func allowances(_ elements: Range<Int>, _ expected: [Double]) -> [Allowance] {
    let u = precision.arithmetic.roundoff
    var list: [Allowance]
    if let sums, let squares {
      list = sums.errors(of: elements, values: expected, squares: squares.values.part(elements))
    } else if let sums {
      list = elements.map { element in
        (sums.screen(element, value: expected[element - elements.lowerBound]), .infinity)
      }
    } else if case .elementwise(let bound) = bound {
      list = bound.errors(of: elements, unit: u)
    } else {
      list = Array(repeating: (0, 0), count: elements.count)
    }
    if carried != nil || stored.roundoff > u {
      for place in list.indices {
        list[place] = widened(list[place], elements.lowerBound + place, expected[place])
      }
    }
    return list
  }

  /// With what storing in a smaller type and inputs that were not recorded add.
  private func widened(_ allowance: Allowance, _ element: Int, _ y: Double) -> Allowance {
    let storing = stored.roundoff > precision.arithmetic.roundoff ? stored.roundoff * abs(y) : 0
    let (variance, bound) = (carried?.variance[element] ?? 0, carried?.bound[element] ?? 0)
    let sigma = allowance.sigma
    return (
      (sigma * sigma + storing * storing / 3 + variance).squareRoot(), allowance.hard + storing + bound
    )
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
