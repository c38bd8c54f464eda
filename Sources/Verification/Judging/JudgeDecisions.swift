internal import Operators
internal import Tensors

/// What was found of an output that is the outcome of decisions.
struct DecisionFinding {
  let verdict: DecisionVerdict
  let statistics: ErrorStatistics

  /// The worse of the decisions and of the elements that they lead to.
  var worstVerdict: Verdict {
    let decided: Verdict =
      switch verdict.outcome {
      case .same: .exact
      case .reachable: .illConditioned
      case .unlikely: .suspect
      case .unreachable: .mismatch
      }
    return max(decided, statistics.worstVerdict)
  }

  /// Whether every element and all decisions but one in a thousand are as expected.
  var explains: Bool {
    statistics.worstVerdict <= .rounding && verdict.outcome <= .reachable
      && verdict.differing * 1000 <= verdict.count
  }

  func report(in layer: inout LayerReport) {
    if let reason = verdict.undecided {
      layer.reason = reason
      return
    }
    layer.statistics = statistics
    layer.verdict = worstVerdict
    layer.decisions = DecisionSummary(
      count: verdict.count, differing: verdict.differing, differingRows: verdict.differingRows,
      closest: verdict.closest, margin: verdict.margin)
    if verdict.outcome > .reachable { layer.reason = verdict.closest }
  }
}

/// Judges recorded decisions, and the elements of one output as these decisions lead to them.
///
/// - Parameter recorded: all outputs; nil where one was not recorded.
/// - Precondition: the output that is asked for was recorded.
func judgeDecisions(
  recorded: [Tensor?], output: Int, bound: any DecisionBound, precision: Precision,
  tolerance: Tolerance? = nil, on threads: Threads
) -> DecisionFinding {
  guard let own = recorded[output] else { preconditionFailure("output \(output) was not recorded") }
  let u = precision.arithmetic.roundoff
  let stored = StoredType(own.elementType).roundoff
  let verdict = bound.judge(
    recorded: recorded, output: output, unitRoundoff: u, storage: stored > u ? stored : 0)
  let statistics = judgeElements(
    recorded: own, expected: Elements(verdict.expected),
    bound: .elementwise(ListedErrors(errors: verdict.errors)),
    precision: precision, tolerance: tolerance, on: threads)
  return DecisionFinding(verdict: verdict, statistics: statistics)
}

/// Errors that were derived before.
private struct ListedErrors: ElementBound {
  let errors: [(sigma: Double, hard: Double)]

  func error(of element: Int) -> (sigma: Double, hard: Double) { errors[element] }
}
