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
  /// The hard bound of those sums; nil where no squares are known.
  private let boundInDeviations: Double?
  private let kernels = InstructionSet.chosen.kernels.comparison

  private var shape: Shape { recorded.shape }

  init(
    bound: ErrorBound, expected: Elements<Double>, recorded: Tensor, squares: Tensor? = nil,
    precision: Precision, tolerance: Tolerance? = nil, on threads: Threads
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
      let judge = SumJudge(bound: bound, precision: precision.arithmetic)
      sums = judge
      let squares = squares.map {
        SumsOfSquares(values: Elements($0), termCount: bound.termCount(of: 0), isPartial: false)
      }
      self.squares = squares ?? bound.squares(on: threads)
      boundInDeviations = self.squares.map { judge.boundInDeviations(termCount: $0.termCount) }
    } else {
      (sums, self.squares, boundInDeviations) = (nil, nil, nil)
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
      return (0..<block.elements.count).compactMap { place in
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
    var comparison = compare(block)
    if let boundInDeviations, !isWidened, let worst = comparison.worst {
      comparison.maximumErrorToBound = block.ratio(worst) / boundInDeviations
    }
    var tally = ErrorStatistics(comparison, isUpperEstimate: isUpperEstimate) { place in
      Outlier(
        position: shape.position(of: block.elements.lowerBound + place), recorded: block.recorded(place),
        expected: block.expected[place], sigma: block.sigma(place), verdict: .rounding)
    }
    var ratios = spreads ? (0..<block.elements.count).map { Float(block.ratio($0)) } : []
    var terms = SumTerms()
    for place in comparison.remaining {
      let finding = judge(place, of: block, &terms)
      tally.add(finding) { shape.position(of: block.elements.lowerBound + place) }
      if spreads { ratios[place] = finding.verdict == .exact ? 0 : Float(finding.errorToSigma) }
    }
    return (tally, ratios)
  }

  private func compare(_ block: Block) -> ClearedElements {
    // Neighbours of whole numbers are 1 apart, whatever their size.
    guard stored.roundoff > 0 else {
      var comparison = ClearedElements()
      comparison.remaining = Array(0..<block.elements.count)
      return comparison
    }
    let allowances = ElementAllowances(
      variances: block.variances.span, bounds: block.bounds.span,
      ComparisonLimits(
        deviations: limit, absolute: precision.absoluteTerm, unit: 2 * stored.roundoff,
        leastNormal: stored.leastNormal))
    return block.withRecorded { kernels.compare($0, with: block.expected, allowances) }
  }

  /// Deviations within which a block's allowances clear an element.
  private var limit: Double { sums != nil && squares == nil ? Self.screening : 6 }

  /// Whether storing in a smaller type or inputs that were not recorded add to errors.
  private var isWidened: Bool { carried != nil || stored.roundoff > precision.arithmetic.roundoff }

  /// Whether a block's allowances are less than what is to be expected.
  private var isUpperEstimate: Bool { sums != nil && squares?.isPartial != false }

  private func judge(_ place: Int, of block: Block, _ terms: inout SumTerms) -> ElementFinding {
    let element = block.elements.lowerBound + place
    let (y, found, rounded) = (block.expected[place], block.recorded(place), block.rounded(place))
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
    var allowed = allowance(place, of: block)
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
    private let reruns: Elements<Double>
    private let stored: StoredType
    private let numbers: Numbers
    /// Of the errors to expect: what is known without a look at products, which may be less than what is to be
    /// expected; none where only exact elements pass.
    let variances: [Double]
    /// Hard bounds on the errors; none where they are infinite, or a multiple of deviations.
    let bounds: [Double]

    /// What nearly all traces hold is compared as it stands.
    private enum Numbers {
      case float(Elements<Float>)
      case double([Double], rounded: [Double])
    }

    init(_ judge: ElementJudge, _ elements: Range<Int>) {
      self.elements = elements
      reruns = judge.expected
      stored = judge.stored
      let part = judge.recorded.stretch(elements)
      let expected = judge.expected.part(elements)
      numbers =
        part.elementType == .float32
        ? .float(Elements(part))
        : .double(part.converted(to: Double.self), rounded: judge.stored.stored(expected))
      (variances, bounds) = judge.allowances(elements, expected)
    }

    var expected: Span<Double> {
      @_lifetime(borrow self)
      get { reruns.part(elements) }
    }

    func recorded(_ place: Int) -> Double {
      switch numbers {
      case .float(let numbers): Double(numbers[place])
      case .double(let numbers, _): numbers[place]
      }
    }

    /// The expected element as the recorded type stores it.
    func rounded(_ place: Int) -> Double { stored.stored(expected[place]) }

    func withRecorded<R>(_ body: (RecordedElements) -> R) -> R {
      switch numbers {
      case .float(let numbers): body(.float(numbers.span))
      case .double(let numbers, let rounded): body(.double(numbers.span, rounded: rounded.span))
      }
    }

    func sigma(_ place: Int) -> Double { variances.isEmpty ? 0 : variances[place].squareRoot() }

    /// A hard bound; infinite where none is at hand.
    func bound(_ place: Int) -> Double { bounds.isEmpty ? .infinity : bounds[place] }

    /// The error in standard deviations; 0 for an exact element.
    func ratio(_ place: Int) -> Double {
      let found = recorded(place)
      return found == rounded(place) ? 0 : abs(found - expected[place]) / sigma(place)
    }
  }

  private func allowances(
    _ elements: Range<Int>, _ expected: Span<Double>
  ) -> (variances: [Double], bounds: [Double]) {
    if case .exact = bound, !isWidened { return ([], []) }
    let hasBounds = sums == nil || isWidened
    var variances = Array(repeating: 0.0, count: elements.count)
    var bounds = hasBounds ? Array(repeating: sums == nil ? 0 : Double.infinity, count: elements.count) : []
    var varianceSpan = variances.mutableSpan
    var boundSpan = bounds.mutableSpan
    if let sums, let squares {
      sums.allow(
        values: expected, squares: squares.values.part(elements), termCount: squares.termCount, with: kernels,
        variances: &varianceSpan)
    } else if let sums {
      sums.screen(elements, values: expected, variances: &varianceSpan)
    } else if case .elementwise(let bound) = bound {
      bound.allow(
        elements, unit: precision.arithmetic.roundoff, variances: &varianceSpan, bounds: &boundSpan)
    }
    if isWidened {
      for place in expected.indices {
        if let boundInDeviations, varianceSpan[place] > 0 {
          boundSpan[place] = boundInDeviations * varianceSpan[place].squareRoot()
        }
        let more = additional(elements.lowerBound + place, expected[place])
        varianceSpan[place] += more.variance
        boundSpan[place] += more.hard
      }
    }
    return (variances, bounds)
  }

  /// An element's allowance as a block has it; exactly where it has a formula of its own, whose square may underflow.
  private func allowance(_ place: Int, of block: Block) -> Allowance {
    if case .exact = bound, !isWidened { return (0, 0) }
    guard case .elementwise(let bound) = bound else {
      let sigma = block.sigma(place)
      guard let boundInDeviations, !isWidened, sigma > 0 else { return (sigma, block.bound(place)) }
      return (sigma, boundInDeviations * sigma)
    }
    let element = block.elements.lowerBound + place
    let (error, u) = (bound.error(of: element), precision.arithmetic.roundoff)
    return widened((error.sigma * u, error.hard * u), element, block.expected[place])
  }

  /// With what storing in a smaller type and inputs that were not recorded add.
  private func widened(_ allowance: Allowance, _ element: Int, _ y: Double) -> Allowance {
    let more = additional(element, y)
    guard more.variance > 0 || more.hard > 0 else { return allowance }
    return (
      (allowance.sigma * allowance.sigma + more.variance).squareRoot(), allowance.hard + more.hard
    )
  }

  private func additional(_ element: Int, _ y: Double) -> (variance: Double, hard: Double) {
    let storing = stored.roundoff > precision.arithmetic.roundoff ? stored.roundoff * abs(y) : 0
    return (
      storing * storing / 3 + (carried?.variance[element] ?? 0), storing + (carried?.bound[element] ?? 0)
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
