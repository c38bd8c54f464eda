internal import Operators
internal import Tensors

/// A computation that a layer's numbers were compared with.
struct Hypothesis {
  let cause: String
  let remedy: String
  /// The largest error in standard deviations of the elements that were looked at; at least that large over all
  /// where it does not explain them.
  let ratio: Double
  /// Whether every element is then within rounding.
  let explains: Bool

  /// Ratios below this cannot be told from each other.
  static let indistinct = 2.0

  init(cause: String, remedy: String, ratio: Double, explains: Bool) {
    self.cause = cause
    self.remedy = remedy
    self.ratio = ratio
    self.explains = explains
  }

  init(_ alternative: Alternative, ratio: Double, explains: Bool) {
    self.init(cause: alternative.cause, remedy: alternative.remedy, ratio: ratio, explains: explains)
  }

  /// The ratio by which explanations are compared.
  var comparedRatio: Double { max(Self.indistinct, ratio) }
}

extension [Hypothesis] {
  /// Those that explain the numbers and that no other beats twofold, in their order.
  var best: [Hypothesis] {
    let explaining = filter(\.explains)
    guard let least = explaining.map(\.comparedRatio).min() else { return [] }
    return explaining.filter { $0.comparedRatio <= 2 * least }
  }
}

extension Diagnosis {
  /// What the operator's name may also stand for, and what may befall any layer.
  var alternatives: [Alternative] { declaredAlternatives + commonAlternatives }

  /// What the operator's name may also stand for: its dialects and known bugs.
  var declaredAlternatives: [Alternative] {
    (operation as? any DeclaresAlternatives)?.alternatives(inputs) ?? []
  }

  /// Elements that two faults at once may move, tried pair by pair; what is beyond is left untried.
  private static let pairedWork = 1 << 31
  /// Fewer elements would fit some pair by chance.
  private static let leastElements = 16

  /// Pairs of alternatives that explain the numbers.
  ///
  /// The second is one of those that the operator has under the first, so that attributes and inputs of both hold. A
  /// pair costs what it moves, and all stop when a fixed amount has been moved: the work does not grow with the layer.
  func pairs(_ probe: LayerProbe) -> [Hypothesis] {
    guard recorded.shape.count >= Self.leastElements else { return [] }
    // Decisions are made anew for each pair, and have rules of their own.
    if case .discrete = operation.errorBound(operands) { return [] }
    var found: [Hypothesis] = []
    eachPair(on: probe.inputs) { pair, paired, restored in
      let trial = probe.trial(of: pair.operation, on: paired, finish: pair.finish, recorded: restored)
      if let trial, trial.explains { found.append(Hypothesis(pair, ratio: trial.ratio, explains: true)) }
      return true
    }
    return found
  }

  /// Gives a body every pair of alternatives, the inputs as both read them, and the recorded value as the pair gives
  /// it, until the work is used up or the body has enough.
  func eachPair(
    on original: [Tensor?], _ body: (_ pair: Alternative, _ inputs: [Tensor?], _ recorded: Tensor) -> Bool
  ) {
    let singles = alternatives
    let places = Dictionary(
      singles.enumerated().map { ($1.cause, $0) }, uniquingKeysWith: { first, _ in first })
    // Where a few elements cannot be looked at first, every pair costs a rerun.
    var cost = 16
    if case .sums = operation.errorBound(operands) { cost = 1 }
    var work = 0
    for (place, first) in singles.enumerated() {
      var inputs = original
      first.inputs(&inputs)
      for second in with(first.operation, inputs).alternatives {
        // Each pair once, and none that takes the first back.
        guard let other = places[second.cause], other > place else { continue }
        let pair = first.together(with: second)
        guard let restored = pair.restored(recorded) else { continue }
        var paired = inputs
        second.inputs(&paired)
        work += cost * restored.shape.count + Self.moved(inputs, paired)
        guard work <= Self.pairedWork, body(pair, paired, restored) else { return }
      }
    }
  }

  /// Elements of the inputs that are not what they were.
  private static func moved(_ before: [Tensor?], _ after: [Tensor?]) -> Int {
    after.indices.reduce(0) { sum, index in
      guard let tensor = after[index] else { return sum }
      if before.indices.contains(index), let old = before[index], old.isIdentical(to: tensor) { return sum }
      return sum + tensor.shape.count
    }
  }

  /// The same recording of another operator.
  private func with(_ operation: any Operator, _ inputs: [Tensor?]) -> Diagnosis {
    Diagnosis(
      operation: operation, inputs: inputs, output: output, recorded: recorded, outputs: outputs,
      expected: expected, precision: precision, roundsPositions: roundsPositions, threads: threads)
  }
}

extension Alternative {
  /// Both at once.
  ///
  /// - Parameter second: one of those that this one's operator has on this one's inputs.
  fileprivate func together(with second: Alternative) -> Alternative {
    let first = self
    var finish = first.finish
    if let behind = second.finish { finish = { behind(first.finish?($0) ?? $0) } }
    return Alternative(
      "\(first.cause) together with \(second.cause)", remedy: "\(first.remedy); and \(second.remedy)",
      operation: second.operation,
      inputs: {
        first.inputs(&$0)
        second.inputs(&$0)
      },
      restored: { first.restored($0).flatMap(second.restored) }, finish: finish)
  }
}
