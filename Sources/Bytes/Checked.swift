extension Int {
  /// The product, or nil where it does not fit.
  @inlinable package func timesChecked(_ other: Int) -> Int? {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? nil : product
  }

  /// The sum, or nil where it does not fit.
  @inlinable package func plusChecked(_ other: Int) -> Int? {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }

  /// The number without its fraction, or nil for NaN, infinity and what does not fit.
  ///
  /// `Int(_:)` of such a float traps; a file's floats come through here.
  @inlinable package init?(checked value: Double) {
    // -2^63 is exact in Double; 2^63 is the first value that does not fit.
    guard value >= -0x1p63, value < 0x1p63 else { return nil }
    self = Int(value)
  }

  /// The smallest multiple of `alignment` that is not below this number, or nil where it does not fit.
  ///
  /// - Precondition: `alignment` is a power of two.
  @inlinable package func roundedUpChecked(to alignment: Int) -> Int? {
    precondition(alignment > 0 && alignment & (alignment - 1) == 0, "alignment \(alignment)")
    return plusChecked(alignment - 1).map { $0 & ~(alignment - 1) }
  }
}
