internal import Operators
internal import Tensors

/// Looks for the computation whose numbers a layer's recorded ones are.
///
/// The layer is rerun under every alternative that its operator declares and under those that any operator knows.
/// One explains the numbers when every element is then within rounding, and the worst stands out at most half as
/// far as before; where none does, two of them together are tried. A few elements are tried first, so that most
/// alternatives cost no rerun; memory is bounded by the layer.
struct Diagnosis {
  let operation: any Operator
  var inputs: [Tensor?]
  /// Which of the operator's outputs was recorded.
  let output: Int
  let recorded: Tensor
  /// All of its outputs as they were recorded; nil for one that was not.
  let outputs: [Tensor?]
  /// The fp64 rerun as declared.
  var expected: Tensor
  let precision: Precision
  /// Whether the producer rounds positions otherwise than by any declared order (`BoundOperands`).
  let roundsPositions: Bool
  let threads: Threads

  /// What the layer's bound follows from.
  var operands: BoundOperands {
    BoundOperands(
      inputs: inputs, outputShape: expected.shape, reference: Elements(expected.widened),
      roundsPositions: roundsPositions)
  }

  /// Whole numbers are sizes and places: another reading of them is another graph.
  var isApplicable: Bool {
    !recorded.elementType.isOpaque && inputs.allSatisfy { $0?.elementType.isFloatingPoint ?? true }
  }

  /// The cause in one sentence; nil where none was found.
  func sentence() -> String? {
    guard isApplicable else { return nil }
    let probe = LayerProbe(self)
    let worst = probe.worstRatio
    let found = decisions + hypotheses(alternatives, probe, original: worst)
    if let named = Self.sentence(found) { return named }
    let hasShape = recorded.shape == expected.shape
    // What is fitted to the numbers explains more of them by chance than what is not: only behind the others.
    if hasShape, let fitted = Self.sentence(hypotheses(fittedAlternatives, probe, original: worst)) {
      return fitted
    }
    let failing = hasShape ? failingElements : []
    // What is in one place is no fault of all.
    if let place = place(of: failing) { return place }
    if let named = Self.sentence(pairs(probe).filter { $0.ratio * 2 <= worst }) { return named }
    guard hasShape else { return nil }
    if let fitted = fittedWeights, let named = Self.sentence(hypotheses([fitted], probe, original: worst)) {
      return named
    }
    return lowerPrecision(of: failing) ?? extent(of: failing)
  }

  private func hypotheses(
    _ alternatives: [Alternative], _ probe: LayerProbe, original: Double
  ) -> [Hypothesis] {
    alternatives.compactMap { alternative in
      guard let trial = probe.trial(of: alternative), trial.explains, trial.ratio * 2 <= original else {
        return nil
      }
      return Hypothesis(alternative, ratio: trial.ratio, explains: true)
    }
  }

  /// Decisions of another rule that lead to the recorded rows.
  private var decisions: [Hypothesis] {
    guard recorded.shape == expected.shape, case .discrete(let bound) = operation.errorBound(operands) else {
      return []
    }
    return bound.alternatives.compactMap { alternative in
      let finding = judgeDecisions(
        recorded: outputs, output: output, bound: alternative.bound, precision: precision, on: threads)
      guard finding.verdict.undecided == nil, finding.explains else { return nil }
      return Hypothesis(
        cause: alternative.cause, remedy: alternative.remedy,
        ratio: finding.statistics.maximumErrorToSigma, explains: true)
    }
  }

  /// The explanations that no other beats twofold, in words.
  private static func sentence(_ hypotheses: [Hypothesis]) -> String? {
    let equals = hypotheses.best
    guard let first = equals.first else { return nil }
    if equals.count == 1 { return "These are the numbers of \(first.cause): \(first.remedy)." }
    let causes = equals.prefix(4).map(\.cause)
    let rest = equals.count > 4 ? " and \(equals.count - 4) more" : ""
    return "These are the numbers of " + causes.joined(separator: ", or of ") + rest
      + ", which this trace cannot tell apart: \(first.remedy)."
  }
}
