/// Gathers what is found of the elements of a block.
///
/// Most elements are exact or within rounding: these two cost no division but where one is the worst so far.
struct ElementTally {
  private var exact = 0
  private var rounding = 0
  private var maximumError = 0.0
  private var maximumUlp = 0.0
  private var maximumErrorToBound = 0.0
  private var maximumErrorToSigma = 0.0
  /// The place of the worst element within rounding; nil for none.
  private var worstRounding: Int?
  /// Of all others.
  private var others = ErrorStatistics()

  /// An element that is the rerun's rounded once: its error is the rounding of its storage.
  @inline(__always)
  mutating func addExact(error: Double) {
    exact += 1
    if error > maximumError { maximumError = error }
  }

  /// An element that is off by an error, which differs from the rerun's rounded once by a distance.
  @inline(__always)
  mutating func addRounding(
    place: Int, error: Double, sigma: Double, hard: Double, distance: Double, unitInLastPlace unit: Double
  ) {
    rounding += 1
    if error > maximumError { maximumError = error }
    if distance > maximumUlp * unit { maximumUlp = distance / unit }
    if error > maximumErrorToBound * hard { maximumErrorToBound = error / hard }
    if error > maximumErrorToSigma * sigma || worstRounding == nil {
      maximumErrorToSigma = error / sigma
      worstRounding = place
    }
  }

  /// - Parameter position: the element's, looked at where it is the worst so far.
  mutating func add(_ finding: ElementFinding, position: () -> [Int]) {
    others.elements += 1
    others.counts[finding.verdict, default: 0] += 1
    if finding.verdict > .rounding { others.outside += 1 }
    others.maximumError = max(others.maximumError, finding.error)
    others.maximumUlp = max(others.maximumUlp, finding.ulp)
    others.maximumErrorToBound = max(others.maximumErrorToBound, finding.errorToBound)
    // An exact element's error says nothing of the computation.
    guard finding.verdict > .exact else { return }
    let ratio = finding.errorToSigma
    if ratio > others.maximumErrorToSigma {
      others.maximumErrorToSigma = ratio
      others.isUpperEstimate = finding.isUpperEstimate
    }
    if finding.verdict != .illConditioned {
      others.conditionedErrorToSigma = max(others.conditionedErrorToSigma, ratio)
    }
    if let worst = others.worst, (worst.verdict, worst.errorToSigma) >= (finding.verdict, ratio) { return }
    others.worst = Outlier(
      position: position(), recorded: finding.recorded, expected: finding.expected, sigma: finding.sigma,
      verdict: finding.verdict)
  }

  /// All of it.
  ///
  /// - Parameters:
  ///   - isUpperEstimate: whether deviations of elements within rounding were less than what is to be expected.
  ///   - outlier: the element at a place, which is within rounding.
  func statistics(isUpperEstimate: Bool, outlier: (Int) -> Outlier) -> ErrorStatistics {
    var total = ErrorStatistics()
    total.elements = exact + rounding
    if exact > 0 { total.counts[.exact] = exact }
    if rounding > 0 { total.counts[.rounding] = rounding }
    total.maximumError = maximumError
    total.maximumUlp = maximumUlp
    total.maximumErrorToBound = maximumErrorToBound
    total.maximumErrorToSigma = maximumErrorToSigma
    total.conditionedErrorToSigma = maximumErrorToSigma
    total.isUpperEstimate = isUpperEstimate && maximumErrorToSigma > 0
    total.worst = worstRounding.map(outlier)
    total.add(others)
    return total
  }
}
