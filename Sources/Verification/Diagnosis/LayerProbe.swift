internal import Graphs
internal import Operators
internal import Tensors

/// Tries an alternative on a layer: on a few elements, and on all where those agree.
struct LayerProbe {
  private let layer: Diagnosis
  /// The elements that are furthest off as declared; none where the shapes differ.
  private let worstElements: [Int]

  /// Elements that are tried first: the worst ones, and as many that are spread evenly.
  private static let probes = 32

  init(_ layer: Diagnosis) {
    self.layer = layer
    worstElements = Self.worstElements(layer.recorded, layer.expected)
  }

  /// The largest error as declared, in standard deviations; infinite for another shape.
  var worstRatio: Double {
    guard layer.recorded.shape == layer.expected.shape else { return .infinity }
    let reference = layer.expected.converted(to: Double.self)
    let bound = layer.operation.errorBound(
      BoundOperands(inputs: layer.inputs, outputShape: layer.expected.shape, reference: reference))
    guard case .sums(let sums) = bound else { return .infinity }
    let found = layer.recorded.converted(to: Double.self)
    return worstElements.map {
      ratio(
        of: found[$0], stored: StoredType(layer.recorded.elementType), element: $0, sums: sums, finish: nil)
    }.max() ?? .infinity
  }

  /// The largest error under an alternative, in standard deviations; nil where one is beyond six.
  func ratio(under alternative: Alternative) -> Double? {
    guard let recorded = alternative.restored(layer.recorded) else { return nil }
    var inputs = layer.inputs
    alternative.inputs(&inputs)
    let operation = alternative.operation
    guard shape(of: operation, inputs) == recorded.shape else { return nil }
    guard agrees(recorded, operation, inputs, alternative.finish) else { return nil }
    let context = EvaluationContext(threads: layer.threads)
    guard let outputs = try? operation.evaluate(inputs, as: Double.self, in: context),
      outputs.indices.contains(layer.output), outputs[layer.output].shape == recorded.shape
    else { return nil }
    let reference = outputs[layer.output].converted(to: Double.self)
    let bound = operation.errorBound(
      BoundOperands(inputs: inputs, outputShape: recorded.shape, reference: reference))
    switch bound {
    case .unknown: return nil
    case .discrete(let bound):
      var all = layer.outputs
      all[layer.output] = recorded
      let finding = judgeDecisions(
        recorded: all, output: layer.output, bound: bound, precision: layer.precision, on: layer.threads)
      return finding.verdict.undecided == nil && finding.explains
        ? finding.statistics.maximumErrorToSigma : nil
    case .exact, .sums, .elementwise: break
    }
    let statistics = judgeElements(
      recorded: recorded, expected: alternative.finish.map { reference.map($0) } ?? reference, bound: bound,
      precision: layer.precision, on: layer.threads)
    return statistics.worstVerdict <= .rounding ? statistics.maximumErrorToSigma : nil
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

  /// Whether the probed elements are within six deviations; true where they cost as much as all.
  private func agrees(
    _ recorded: Tensor, _ operation: any Operator, _ inputs: [Tensor?], _ finish: ((Double) -> Double)?
  ) -> Bool {
    // Sums are listed from the inputs alone: the reference is not looked at.
    let bound = operation.errorBound(
      BoundOperands(
        inputs: inputs, outputShape: recorded.shape,
        reference: [Double](repeating: 0, count: recorded.shape.count)))
    guard case .sums(let sums) = bound else { return true }
    let found = recorded.converted(to: Double.self)
    let stored = StoredType(recorded.elementType)
    return probed(recorded.shape).allSatisfy {
      ratio(of: found[$0], stored: stored, element: $0, sums: sums, finish: finish) <= 6
    }
  }

  /// The error of one element in standard deviations, its value taken from its products.
  private func ratio(
    of found: Double, stored: StoredType, element: Int, sums: any SumBound, finish: ((Double) -> Double)?
  ) -> Double {
    var terms = SumTerms()
    sums.list(element, into: &terms)
    let sum = (terms.products.reduce(0, +) + (terms.bias ?? 0)) / terms.divisor
    let value = finish?(sum) ?? sum
    guard value.isFinite, found.isFinite else {
      return value == found || (value.isNaN && found.isNaN) ? 0 : .infinity
    }
    let error = abs(found - value)
    let judge = SumJudge(bound: sums, precision: layer.precision.arithmetic)
    let sigma = judge.error(element, value: sum, observed: error, &terms).sigma
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

  private static func worstElements(_ recorded: Tensor, _ expected: Tensor) -> [Int] {
    guard recorded.shape == expected.shape else { return [] }
    let (found, expected) = (recorded.converted(to: Double.self), expected.converted(to: Double.self))
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
