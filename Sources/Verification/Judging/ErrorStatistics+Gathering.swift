internal import Tensors

extension ErrorStatistics {
  /// What a comparison found of the elements that it cleared.
  ///
  /// - Parameters:
  ///   - isUpperEstimate: whether its deviations were less than what is to be expected.
  ///   - outlier: the element at a place, which is within rounding.
  init(_ comparison: ClearedElements, isUpperEstimate: Bool, outlier: (Int) -> Outlier) {
    self.init()
    elements = comparison.exact + comparison.rounding
    if comparison.exact > 0 { counts[.exact] = comparison.exact }
    if comparison.rounding > 0 { counts[.rounding] = comparison.rounding }
    maximumError = comparison.maximumError
    maximumUlp = comparison.maximumUlp
    maximumErrorToBound = comparison.maximumErrorToBound
    guard let place = comparison.worst else { return }
    let outlier = outlier(place)
    worst = outlier
    maximumErrorToSigma = outlier.errorToSigma
    conditionedErrorToSigma = maximumErrorToSigma
    self.isUpperEstimate = isUpperEstimate && maximumErrorToSigma > 0
  }

  /// Gathers one element.
  ///
  /// - Parameter position: the element's, looked at where it is the worst so far.
  mutating func add(_ finding: ElementFinding, position: () -> [Int]) {
    elements += 1
    counts[finding.verdict, default: 0] += 1
    if finding.verdict > .rounding { outside += 1 }
    maximumError = max(maximumError, finding.error)
    maximumUlp = max(maximumUlp, finding.ulp)
    // An exact element's error says nothing of the computation.
    guard finding.verdict > .exact else { return }
    maximumErrorToBound = max(maximumErrorToBound, finding.errorToBound)
    let ratio = finding.errorToSigma
    if ratio > maximumErrorToSigma {
      maximumErrorToSigma = ratio
      isUpperEstimate = finding.isUpperEstimate
    }
    if finding.verdict != .illConditioned { conditionedErrorToSigma = max(conditionedErrorToSigma, ratio) }
    if let worst, (worst.verdict, worst.errorToSigma) >= (finding.verdict, ratio) { return }
    worst = Outlier(
      position: position(), recorded: finding.recorded, expected: finding.expected, sigma: finding.sigma,
      verdict: finding.verdict)
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
