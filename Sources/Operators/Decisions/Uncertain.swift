/// A number of exact arithmetic and the rounding error to expect where a producer computes it: its variance and a hard
/// bound, to first order, errors of operands taken as independent.
struct Uncertain: Sendable {
  var value: Double
  var variance = 0.0
  var hard = 0.0

  init(_ exact: Double) { value = exact }

  init(_ value: Double, variance: Double, hard: Double) {
    self.value = value
    self.variance = variance
    self.hard = hard
  }

  /// Rounded once more: uniformly within u·|value|, so that u²·value²/3 is added.
  func rounded(_ u: Double) -> Uncertain { off(by: u) }

  /// Off by up to so many times the value, uniformly.
  func off(by share: Double) -> Uncertain {
    Uncertain(value, variance: variance + share * share * value * value / 3, hard: hard + share * abs(value))
  }

  static func + (a: Self, b: Self) -> Self {
    Self(a.value + b.value, variance: a.variance + b.variance, hard: a.hard + b.hard)
  }

  static func - (a: Self, b: Self) -> Self {
    Self(a.value - b.value, variance: a.variance + b.variance, hard: a.hard + b.hard)
  }

  static func * (a: Self, b: Self) -> Self {
    Self(
      a.value * b.value, variance: a.value * a.value * b.variance + b.value * b.value * a.variance,
      hard: abs(a.value) * b.hard + abs(b.value) * a.hard + a.hard * b.hard)
  }

  /// Moved into a range; beyond it by more than its error, it is in no doubt any more.
  ///
  /// Smaller than `low` goes last, as `max(min(x, high), low)`.
  func clipped(_ low: Double, _ high: Double) -> Self {
    if value - hard > high || value + hard < low { return Self(max(min(value, high), low)) }
    return Self(max(min(value, high), low), variance: variance, hard: hard)
  }
}
