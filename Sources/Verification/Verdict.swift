/// How recorded numbers relate to the rerun of the same computation, from best to worst.
///
/// An element is `exact` to `mismatch`; a layer is as bad as its worst element and a model as its worst layer.
package enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Equals the fp64 result rounded once to the recorded type.
  case exact
  /// Within six standard deviations of the rounding error to expect.
  case rounding
  /// Beyond, but inside a tolerance that the user asked for by name.
  case policy
  /// Sits on a discontinuity within coordinate error, and equals what its other side gives.
  case illConditioned = "ill-conditioned"
  /// Nothing was recorded to judge by, or no bound is known.
  case notJudged = "not judged"
  /// Not to be expected of an honest evaluation, yet rounding is not excluded.
  case suspect
  /// Beyond what rounding can do: not this computation in the declared precision.
  case mismatch

  package static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }

  /// Its place among all, from the best on.
  var rank: Int {
    switch self {
    case .exact: 0
    case .rounding: 1
    case .policy: 2
    case .illConditioned: 3
    case .notJudged: 4
    case .suspect: 5
    case .mismatch: 6
    }
  }

  /// Whether a gate must stop at it.
  package var isFailure: Bool { self == .suspect || self == .mismatch }
}
