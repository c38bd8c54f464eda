internal import Operators
internal import Tensors

/// Looks for the computation whose numbers a layer's recorded ones are.
///
/// The layer is rerun under every alternative that its operator declares and under those that any operator knows.
/// One explains the numbers when every element is then within rounding, and the worst stands out at most half as
/// far as before. A few elements are tried first, so that most alternatives cost no rerun; memory is bounded by the
/// layer.
struct Diagnosis {
  let operation: any Operator
  let inputs: [Tensor?]
  /// Which of the operator's outputs was recorded.
  let output: Int
  let recorded: Tensor
  /// All of its outputs as they were recorded; nil for one that was not.
  let outputs: [Tensor?]
  /// The fp64 rerun as declared.
  let expected: Tensor
  let precision: Precision
  let threads: Threads

  /// An alternative that explains the numbers.
  struct Explanation {
    let cause: String
    let remedy: String
    /// The largest error that is left, in standard deviations; what screening cannot tell apart counts as 2.
    let ratio: Double
  }

  /// The cause in one sentence; nil where none was found.
  func sentence() -> String? {
    // Whole numbers are sizes and places: another reading of them is another graph.
    guard !recorded.elementType.isOpaque, inputs.allSatisfy({ $0?.elementType.isFloatingPoint ?? true })
    else { return nil }
    let declared = (operation as? any DeclaresAlternatives)?.alternatives(inputs) ?? []
    let probe = LayerProbe(self)
    let worst = probe.worstRatio
    let decided = decisionExplanations
    let found = decided + explanations(declared + commonAlternatives, probe, original: worst)
    if let named = Self.sentence(found) { return named }
    guard recorded.shape == expected.shape else { return nil }
    // What is fitted to the numbers explains more of them by chance than what is not: only behind the others.
    if let fitted = Self.sentence(explanations(fittedAlternatives, probe, original: worst)) { return fitted }
    let failing = failingElements
    return place(of: failing) ?? lowerPrecision(of: failing)
  }

  private func explanations(
    _ alternatives: [Alternative], _ probe: LayerProbe, original: Double
  ) -> [Explanation] {
    alternatives.compactMap { alternative in
      guard let ratio = probe.ratio(under: alternative), ratio * 2 <= original else { return nil }
      return Explanation(cause: alternative.cause, remedy: alternative.remedy, ratio: max(2, ratio))
    }
  }

  /// Decisions of another rule that lead to the recorded rows.
  private var decisionExplanations: [Explanation] {
    guard recorded.shape == expected.shape else { return [] }
    let operands = BoundOperands(
      inputs: inputs, outputShape: expected.shape, reference: expected.converted(to: Double.self))
    guard case .discrete(let bound) = operation.errorBound(operands) else { return [] }
    return bound.alternatives.compactMap { alternative in
      let finding = judgeDecisions(
        recorded: outputs, output: output, bound: alternative.bound, precision: precision, on: threads)
      guard finding.verdict.undecided == nil, finding.explains else { return nil }
      return Explanation(
        cause: alternative.cause, remedy: alternative.remedy,
        ratio: max(2, finding.statistics.maximumErrorToSigma))
    }
  }

  /// The explanations that no other beats twofold, in words.
  private static func sentence(_ explanations: [Explanation]) -> String? {
    guard let best = explanations.map(\.ratio).min() else { return nil }
    let equals = explanations.filter { $0.ratio <= 2 * best }
    guard let first = equals.first else { return nil }
    if equals.count == 1 { return "These are the numbers of \(first.cause): \(first.remedy)." }
    let causes = equals.prefix(4).map(\.cause)
    let rest = equals.count > 4 ? " and \(equals.count - 4) more" : ""
    return "These are the numbers of " + causes.joined(separator: ", or of ") + rest
      + ", which this trace cannot tell apart: \(first.remedy)."
  }
}
