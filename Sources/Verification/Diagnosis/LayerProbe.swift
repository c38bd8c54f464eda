internal import Graphs
internal import Operators
internal import Tensors

/// Tries an alternative on a layer: on a few elements, and on all where those agree.
struct LayerProbe {
  private let layer: Diagnosis
  /// The layer's inputs, floating-point ones in fp64: what alternatives rearrange, once converted.
  let inputs: [Tensor?]
  private let found: [Double]
  /// The elements that are furthest off as declared; none where the shapes differ.
  private let worstElements: [Int]

  /// Elements that are tried first: the worst ones, and as many that are spread evenly.
  private static let probes = 32

  /// How an alternative did.
  struct Trial {
    /// The largest error in standard deviations of the elements that were looked at and that no discontinuity
    /// excuses.
    let ratio: Double
    /// Whether all elements were looked at, or a few that already refute it.
    let isComplete: Bool
    /// Whether every element is within rounding.
    let explains: Bool
  }

  init(_ layer: Diagnosis) {
    self.layer = layer
    inputs = layer.inputs.map { input in
      input.map { $0.elementType.isFloatingPoint ? $0.mapElements { $0 } : $0 }
    }
    found = layer.recorded.converted(to: Double.self)
    worstElements = Self.worstElements(found, layer)
  }

  /// The largest error as declared, in standard deviations; infinite for another shape.
  var worstRatio: Double {
    guard layer.recorded.shape == layer.expected.shape else { return .infinity }
    let trial = Attempt(
      operation: layer.operation, inputs: inputs, shape: layer.recorded.shape,
      roundsPositions: layer.roundsPositions)
    guard case .sums(let sums) = trial.bound else { return .infinity }
    let stored = StoredType(layer.recorded.elementType)
    return worstElements.map {
      ratio(of: found[$0], stored: stored, element: $0, sums: sums, sides: nil, finish: nil)
    }.max() ?? .infinity
  }

  /// Tries an alternative.
  ///
  /// - Parameter measures: look at every probed element of one that fails, not only until the first that does.
  /// - Returns: nil where the alternative gives another shape, or has no bound.
  func trial(of alternative: Alternative, measures: Bool = false) -> Trial? {
    guard let recorded = alternative.restored(layer.recorded) else { return nil }
    var inputs = inputs
    alternative.inputs(&inputs)
    return trial(
      of: alternative.operation, on: inputs, finish: alternative.finish, recorded: recorded,
      measures: measures)
  }

  /// Tries an operator on inputs as it took them.
  ///
  /// - Parameters:
  ///   - finish: what became of each element behind it.
  ///   - recorded: the recorded value as the operator gives it.
  func trial(
    of operation: any Operator, on inputs: [Tensor?], finish: (@Sendable (Double) -> Double)?,
    recorded: Tensor, measures: Bool = false
  ) -> Trial? {
    guard shape(of: operation, inputs) == recorded.shape else { return nil }
    let attempt = Attempt(
      operation: operation, inputs: inputs, shape: recorded.shape, roundsPositions: layer.roundsPositions)
    let probed = worstProbedRatio(recorded, attempt, finish, measures: measures)
    guard probed <= 6 else { return Trial(ratio: probed, isComplete: false, explains: false) }
    return complete(recorded, attempt, finish)
  }

  /// Judges every element.
  private func complete(
    _ recorded: Tensor, _ attempt: Attempt, _ finish: (@Sendable (Double) -> Double)?
  ) -> Trial? {
    let context = EvaluationContext(threads: layer.threads)
    guard let outputs = try? attempt.operation.evaluate(attempt.inputs, as: Double.self, in: context),
      outputs.indices.contains(layer.output), outputs[layer.output].shape == recorded.shape
    else { return nil }
    let reference = Elements<Double>(outputs[layer.output].widened)
    let operands = BoundOperands(
      inputs: attempt.inputs, outputShape: recorded.shape, reference: reference,
      roundsPositions: layer.roundsPositions)
    let bound = attempt.operation.errorBound(operands)
    switch bound {
    case .unknown: return nil
    case .discrete(let bound):
      var all = layer.outputs
      all[layer.output] = recorded
      let finding = judgeDecisions(
        recorded: all, output: layer.output, bound: bound, precision: layer.precision, on: layer.threads)
      guard finding.verdict.undecided == nil else { return nil }
      return Trial(
        ratio: finding.statistics.maximumErrorToSigma, isComplete: true, explains: finding.explains)
    case .exact, .sums, .elementwise: break
    }
    let statistics = judgeElements(
      recorded: recorded, expected: finish.map { Elements(reference.array.map($0)) } ?? reference,
      bound: bound,
      otherSides: finish == nil ? attempt.otherSides(operands) : nil, precision: layer.precision,
      on: layer.threads)
    return Trial(
      ratio: statistics.conditionedErrorToSigma, isComplete: true, explains: statistics.isWithinRounding)
  }

  /// The shape of the layer's output without running it; nil where the inputs do not fit.
  private func shape(of operation: any Operator, _ inputs: [Tensor?]) -> Shape? {
    var inferred = InferredInputs(
      types: inputs.map { $0.map { ValueType($0.elementType, PartialShape($0.shape)) } }, constants: inputs,
      names: operation.inputs)
    guard let types = try? operation.infer(&inferred), types.indices.contains(layer.output) else {
      return nil
    }
    return types[layer.output].shape.complete
  }

  /// The largest ratio of the probed elements; 0 where probing would cost as much as judging all.
  private func worstProbedRatio(
    _ recorded: Tensor, _ attempt: Attempt, _ finish: ((Double) -> Double)?, measures: Bool
  ) -> Double {
    guard case .sums(let sums) = attempt.bound else { return 0 }
    let found = recorded.isIdentical(to: layer.recorded) ? found : recorded.converted(to: Double.self)
    let stored = StoredType(recorded.elementType)
    let sides = finish == nil ? attempt.otherSides : nil
    var worst = 0.0
    for element in probed(recorded.shape) {
      let ratio = ratio(
        of: found[element], stored: stored, element: element, sums: sums, sides: sides, finish: finish)
      worst = max(worst, ratio)
      if worst > 6, !measures { break }
    }
    return worst
  }

  /// The error of one element in standard deviations, its value taken from its products; 0 where the other side of
  /// a discontinuity gives the number.
  private func ratio(
    of found: Double, stored: StoredType, element: Int, sums: any SumBound, sides: (any OtherSides)?,
    finish: ((Double) -> Double)?
  ) -> Double {
    var terms = SumTerms()
    sums.list(element, into: &terms)
    let judge = SumJudge(bound: sums, precision: layer.precision.arithmetic)
    let declared = ratio(of: found, stored: stored, terms: terms, judge: judge, finish: finish)
    guard declared > 6, let sides else { return declared }
    let isOnOtherSide = sides.terms(of: element).contains {
      ratio(of: found, stored: stored, terms: $0, judge: judge, finish: nil) <= 6
    }
    return isOnOtherSide ? 0 : declared
  }

  private func ratio(
    of found: Double, stored: StoredType, terms: SumTerms, judge: SumJudge, finish: ((Double) -> Double)?
  ) -> Double {
    let sum = (terms.products.reduce(0, +) + (terms.bias ?? 0)) / terms.divisor
    let value = finish?(sum) ?? sum
    guard value.isFinite, found.isFinite else {
      return value == found || (value.isNaN && found.isNaN) ? 0 : .infinity
    }
    let error = abs(found - value)
    let sigma = judge.error(of: terms, value: sum, observed: error).sigma
    let storing =
      stored.roundoff > layer.precision.arithmetic.roundoff ? stored.roundoff * abs(value) : 0
    let spread = (sigma * sigma + storing * storing / 3).squareRoot()
    return error <= layer.precision.absoluteTerm ? 0 : error / spread
  }

  private func probed(_ shape: Shape) -> [Int] {
    guard shape.count > 0 else { return [] }
    let step = max(1, shape.count / Self.probes)
    let spread = stride(from: step / 2, to: shape.count, by: step).prefix(Self.probes)
    return shape == layer.expected.shape ? worstElements + spread : Array(spread)
  }

  private static func worstElements(_ found: [Double], _ layer: Diagnosis) -> [Int] {
    guard layer.recorded.shape == layer.expected.shape else { return [] }
    let expected = layer.expected.converted(to: Double.self)
    var worst: [(element: Int, error: Double)] = []
    for element in found.indices {
      let difference = abs(found[element] - expected[element])
      let error = difference.isFinite ? difference : .infinity
      guard worst.count < probes || error > (worst.last?.error ?? 0) else { continue }
      let place = worst.firstIndex { $0.error < error } ?? worst.count
      worst.insert((element, error), at: place)
      if worst.count > probes { worst.removeLast() }
    }
    return worst.map(\.element)
  }
}

/// An operator on given inputs, looked at before it is run: sums are listed from the inputs alone.
private struct Attempt {
  let operation: any Operator
  let inputs: [Tensor?]
  private let operands: BoundOperands
  let bound: ErrorBound

  init(operation: any Operator, inputs: [Tensor?], shape: Shape, roundsPositions: Bool) {
    self.operation = operation
    self.inputs = inputs
    operands = BoundOperands(
      inputs: inputs, outputShape: shape, reference: MutableElements(count: shape.count).elements,
      roundsPositions: roundsPositions)
    bound = operation.errorBound(operands)
  }

  var otherSides: (any OtherSides)? { otherSides(operands) }

  func otherSides(_ operands: BoundOperands) -> (any OtherSides)? {
    (operation as? any Discontinuous)?.otherSides(operands)
  }
}
