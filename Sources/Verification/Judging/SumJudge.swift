internal import Operators
internal import Tensors

/// The rounding error to expect of one element that is a sum of products (BOUNDS.md, "Inner products").
package struct SumError: Sendable, Hashable {
  /// Standard deviation.
  package let sigma: Double
  /// What no evaluation in the declared precision exceeds.
  package let hard: Double
}

/// Derives the error of sums: first from the value alone, then from the products, at last from their partial sums.
struct SumJudge {
  let bound: any SumBound
  let precision: Precision.Arithmetic

  private var u: Double { precision.roundoff }

  /// A deviation that the true one is never below, from S₂ ≥ y²/n: no product is looked at.
  func screen(_ element: Int, value y: Double) -> Double {
    let n = Double(max(1, bound.termCount(of: element)))
    let squares = y * y / n
    return variance(n: n, y: y, squares: squares).squareRoot()
  }

  /// σ_A² = u²·(n·(V/2 + y²/3)/3 + S₂/3), with V = max(0, S₂ − y²/n).
  ///
  /// Partial sums of random products drift like k·y/n and spread like a random walk; each addition rounds
  /// uniformly within half a unit of its partial sum, each product within half of its own.
  @inline(__always)
  private func variance(n: Double, y: Double, squares: Double) -> Double {
    let spread = max(0, squares - y * y / n)
    return u * u * (n * (spread / 2 + y * y / 3) / 3 + squares / 3)
      + squares * 2 * precision.inputRoundoff * precision.inputRoundoff / 3
  }

  /// The error from the products themselves.
  ///
  /// - Parameter error: |recorded − expected|; the costly deviation is derived only where it decides.
  func error(_ element: Int, value: Double, observed error: Double, _ terms: inout SumTerms) -> SumError {
    terms.removeAll()
    bound.list(element, into: &terms)
    return self.error(of: terms, value: value, observed: error)
  }

  /// The error of a sum of which only Σp² and Σ|p| are known; twice σ_A, for partial sums of trained layers are
  /// structured and their order is not looked at.
  func error(termCount: Int, value: Double, squares: Double, magnitude: Double) -> SumError {
    let n = Double(max(1, termCount))
    let growth = (n + 8) * u / (1 - (n + 8) * u)
    let inputs = 2 * precision.inputRoundoff
    return SumError(
      sigma: 2 * variance(n: n, y: value, squares: squares).squareRoot(),
      hard: magnitude * (growth + inputs + inputs * inputs / 4))
  }

  /// Screens a stretch of sums: variances as `screen` gives their roots.
  func screen(_ elements: Range<Int>, values: Span<Double>, variances: inout MutableSpan<Double>) {
    for (place, element) in elements.enumerated() {
      let sigma = screen(element, value: values[place])
      variances[place] = sigma * sigma
    }
  }

  /// Variances of sums of which Σp² is known as fp32 sums it; 0 where fp32 cannot tell.
  func allow(
    values: Span<Double>, squares: Span<Float>, termCount: Int, with kernels: any ComparisonKernels,
    variances: inout MutableSpan<Double>
  ) {
    let n = Double(max(1, termCount))
    let inputs = precision.inputRoundoff
    kernels.variances(
      squares: squares, values: values,
      VarianceFormula(
        // Products of one sign that fp32 rounds n + 2 times at most.
        least: 1 - (n + 2) * 0x1p-23, share: 1 / n, spreadFactor: u * u * n / 6,
        valueFactor: u * u * n / 9, squareFactor: u * u / 3 + 2 * inputs * inputs / 3),
      into: &variances)
  }

  /// The hard bound of such sums in their deviations: Σ|p| is at most √(n·Σp²), and that at most 3·σ_A/u.
  func boundInDeviations(termCount: Int) -> Double {
    let n = Double(max(1, termCount))
    let inputs = precision.inputRoundoff
    return 3 / u * ((n + 2) * u / (1 - (n + 2) * u) + 2 * inputs + inputs * inputs)
  }

  /// The error of a sum of given products.
  func error(of terms: SumTerms, value: Double, observed error: Double) -> SumError {
    let products = terms.products + (terms.bias.map { [$0] } ?? [])
    let n = Double(max(1, products.count))
    let sum = value * terms.divisor
    let squares = products.reduce(0) { $0 + $1 * $1 }
    let magnitude = products.reduce(0) { $0 + abs($1) }
    let prior = terms.priorVariance * u * u
    // A division in the end rounds once more.
    let last = terms.divisor == 1 ? 0 : u * u * value * value / 3
    func scaled(_ variance: Double) -> Double {
      ((variance + prior) / (terms.divisor * terms.divisor) + last).squareRoot()
    }
    let simple = scaled(variance(n: n, y: sum, squares: squares))
    let growth = (n + 2) * u / (1 - (n + 2) * u)
    let inputs = 2 * precision.inputRoundoff
    let hard =
      (magnitude * (growth + inputs + inputs * inputs / 4) + terms.priorBound * u) / terms.divisor
      + (terms.divisor == 1 ? 0 : u * abs(value))
    guard error > 6 * simple else { return SumError(sigma: simple, hard: hard) }
    let structured = scaled(
      structuredVariance(terms, y: sum) + squares * 2 * precision.inputRoundoff * precision.inputRoundoff / 3)
    return SumError(sigma: max(simple, structured), hard: hard)
  }

  /// σ_C² = u²/3 · max over the usual orders of Σ(Pₖ² + pₖ²) + u²·y²/3, with Pₖ that order's partial sums.
  ///
  /// Structured sums (edge filters, trained layers) break the random walk: honest runs reach 32 σ_A.
  private func structuredVariance(_ terms: SumTerms, y: Double) -> Double {
    let taps = terms.tapsPerChannel
    let channels = terms.products.count / max(1, taps)
    var worst = 0.0
    for tapMajor in [false, true] where !(tapMajor && taps == 1) {
      for biasFirst in [false, true] where !(biasFirst && terms.bias == nil) {
        var partial = biasFirst ? terms.bias ?? 0 : 0
        var total = 0.0
        for index in terms.products.indices {
          let place = tapMajor ? (index % channels) * taps + index / channels : index
          let product = terms.products[place]
          partial += product
          total += partial * partial + product * product
        }
        if !biasFirst, let bias = terms.bias {
          partial += bias
          total += partial * partial + bias * bias
        }
        worst = max(worst, total)
      }
    }
    return u * u * (worst / 3 + y * y / 3)
  }
}
