/// What an instruction set's module offers for judging numbers: always in fp64, whatever was recorded.
package protocol ComparisonKernels: Sendable {
  /// Compares elements with what they should be, and gathers what is found of those that are within rounding.
  ///
  /// Elements that are not cleared, and those behind the last whole group of vectors, are listed for a closer look and
  /// gathered nowhere.
  ///
  /// - Precondition: there are as many expected elements as recorded ones.
  func compare(
    _ recorded: RecordedElements, with expected: Span<Double>, _ allowances: borrowing ElementAllowances
  ) -> ClearedElements

  /// The variances of the rounding errors of sums: scale · (a·S₂ + b·y²), S₂ at least y²/n, and zero where S₂ is
  /// zero or no number.
  ///
  /// - Parameters:
  ///   - squares: S₂ = Σp² as fp32 sums it.
  ///   - values: y, the sums.
  func variances(
    squares: Span<Float>, values: Span<Double>, _ formula: VarianceFormula,
    into variances: inout MutableSpan<Double>)
}

/// Elements as they were recorded.
package enum RecordedElements: ~Escapable {
  /// In fp32, which expected elements are rounded to.
  case float(Span<Float>)
  /// In another type, and the expected elements as that stores them.
  case double(Span<Double>, rounded: Span<Double>)
}

/// What a comparison lets pass.
package struct ElementAllowances: ~Escapable {
  /// Of the errors to expect; none where elements are to be the expected ones rounded once.
  package let variances: Span<Double>
  /// Hard bounds on the errors; none where they are not asked for.
  package let bounds: Span<Double>
  package let limits: ComparisonLimits

  @_lifetime(copy variances, copy bounds)
  package init(variances: Span<Double>, bounds: Span<Double>, _ limits: ComparisonLimits) {
    self.variances = variances
    self.bounds = bounds
    self.limits = limits
  }
}

/// What is the same for all elements of a comparison.
package struct ComparisonLimits: Sendable {
  /// Standard deviations within which an element is cleared.
  package let deviations: Double
  /// What is allowed beside any deviation.
  package let absolute: Double
  /// Twice the recorded type's unit roundoff: the distance between neighbours at 1.
  package let unit: Double
  /// The recorded type's smallest normal number.
  package let leastNormal: Double

  package init(deviations: Double, absolute: Double, unit: Double, leastNormal: Double) {
    self.deviations = deviations
    self.absolute = absolute
    self.unit = unit
    self.leastNormal = leastNormal
  }
}

/// What was found of the elements that a comparison cleared.
package struct ClearedElements: Sendable {
  /// Elements that are the expected ones rounded once.
  package var exact = 0
  /// Others within the limits.
  package var rounding = 0
  package var maximumError = 0.0
  /// In units of the last place of the recorded type.
  package var maximumUlp = 0.0
  package var maximumErrorToBound = 0.0
  /// The element whose error is the most deviations, of those within the limits; nil for none.
  package var worst: Int?
  /// What needs a closer look.
  package var remaining: [Int] = []

  package init() {}
}

/// How the variance of a sum's rounding error follows from the squares of its products.
package struct VarianceFormula: Sendable {
  /// What fp32 may have lost of S₂: a factor below 1.
  package var least: Double
  /// 1/n.
  package var share: Double
  /// Of V = S₂ − y²/n where that is positive, of y² and of S₂.
  package var spreadFactor: Double
  package var valueFactor: Double
  package var squareFactor: Double

  package init(
    least: Double, share: Double, spreadFactor: Double, valueFactor: Double, squareFactor: Double
  ) {
    self.least = least
    self.share = share
    self.spreadFactor = spreadFactor
    self.valueFactor = valueFactor
    self.squareFactor = squareFactor
  }
}
