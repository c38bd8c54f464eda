package import Tensors

/// A bound of an output that is the outcome of decisions: what is kept, in which order, what is chosen.
///
/// The recorded decisions are followed, and each is asked whether numbers within their rounding error lead to it.
package protocol DecisionBound: Sendable {
  /// Judges recorded outputs as a whole.
  ///
  /// - Parameters:
  ///   - recorded: all outputs of the operator; nil where one was not recorded. Shapes are the expected ones.
  ///   - output: the one that is asked for, which was recorded.
  ///   - u: unit roundoff of the producer's arithmetic.
  ///   - storage: unit roundoff of the type in which the output was stored, where that is larger; else 0.
  func judge(recorded: [Tensor?], output: Int, unitRoundoff u: Double, storage: Double) -> DecisionVerdict

  /// Whether the rerun's own elements have no error.
  var isExact: Bool { get }

  /// What programs are known to decide instead.
  var alternatives: [DecisionAlternative] { get }
}

/// Decisions that a producer may have taken instead of the declared ones.
package struct DecisionAlternative: Sendable {
  /// What was computed, worded to follow "these are the numbers of".
  package let cause: String
  /// What to change, as an imperative.
  package let remedy: String
  package let bound: any DecisionBound

  package init(_ cause: String, remedy: String, bound: any DecisionBound) {
    self.cause = cause
    self.remedy = remedy
    self.bound = bound
  }
}

/// Whether inputs within their error could have led to the recorded decisions.
package struct DecisionVerdict: Sendable {
  package enum Outcome: Int, Sendable, Hashable, Comparable {
    /// The decisions of the rerun.
    case same
    /// Other ones, each within six standard deviations of its other side.
    case reachable
    /// One of them is beyond, but within the hard bound.
    case unlikely
    /// A decision that no rounding explains.
    case unreachable

    package static func < (a: Outcome, b: Outcome) -> Bool { a.rawValue < b.rawValue }
  }

  package var outcome: Outcome
  /// Decisions that were looked at, and those that fell otherwise than in exact arithmetic.
  package var count: Int
  package var differing: Int
  /// Rows whose content is not the rerun's; all behind one that was left out.
  package var differingRows: Int
  /// The decision closest to its other side, or the one that cannot be, in words.
  package var closest: String
  /// Its distance from the other side in standard deviations, negative where it fell to that; nil where all are exact.
  package var margin: Double?
  /// What the elements of the output are when the recorded decisions are followed, and their error, in units of u.
  package var expected: [Double]
  package var errors: [(sigma: Double, hard: Double)]
  /// Why nothing can be said; nil where something can.
  package var undecided: String?

  package init(
    outcome: Outcome, count: Int, differing: Int = 0, differingRows: Int = 0, closest: String,
    margin: Double? = nil, expected: [Double], errors: [(sigma: Double, hard: Double)]
  ) {
    self.outcome = outcome
    self.count = count
    self.differing = differing
    self.differingRows = differingRows
    self.closest = closest
    self.margin = margin
    self.expected = expected
    self.errors = errors
  }
}

/// How far a recorded decision is from its other side.
struct Margin: Sendable {
  /// Whether exact arithmetic decides so.
  let holds: Bool
  /// The distance, its standard deviation and its hard bound, in one unit.
  let distance: Double
  let sigma: Double
  let hard: Double

  /// A decision in which nothing rounds.
  static func exact(_ holds: Bool) -> Margin { Margin(holds: holds, distance: .infinity, sigma: 0, hard: 0) }

  init(holds: Bool, distance: Double, sigma: Double, hard: Double) {
    self.holds = holds
    self.distance = abs(distance)
    self.sigma = sigma
    self.hard = hard
  }

  /// In standard deviations, negative where exact arithmetic decides otherwise.
  var ratio: Double {
    let size = distance == 0 && sigma == 0 ? .infinity : distance / sigma
    return holds ? size : -size
  }

  var outcome: DecisionVerdict.Outcome {
    if holds { return .same }
    if distance <= 6 * sigma && sigma > 0 { return .reachable }
    return distance <= hard && hard > 0 ? .unlikely : .unreachable
  }

  /// The same decision asked the other way round.
  var opposite: Margin { Margin(holds: !holds, distance: distance, sigma: sigma, hard: hard) }
}
