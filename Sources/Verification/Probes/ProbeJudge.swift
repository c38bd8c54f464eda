internal import Formats
package import Graphs
internal import Operators
internal import OrderedCollections
package import Tensors

/// What a framework's answer to a case is.
package struct ProbeFinding: Sendable {
  package enum Outcome: Sendable, Hashable {
    /// The expected bits.
    case same
    /// The bits of other computations, each with what to change.
    case named([Cause])
    /// Bits that no known computation gives; the first place that differs.
    case unnamed(differing: Int, of: Int, first: String)
    /// What comes of offsets that are no numbers: nothing defines it.
    case told(String)
    /// The framework gave no answer, and why.
    case refused(String)
  }

  package struct Cause: Sendable, Hashable {
    package let cause: String
    package let remedy: String
  }

  package let name: String
  package let operatorName: String
  package let outcome: Outcome

  package var isFailure: Bool {
    switch outcome {
    case .named, .unnamed: true
    case .same, .told, .refused: false
    }
  }
}

/// Judges answers bit for bit, with no tolerance: equal, or the bits of an alternative.
package struct ProbeJudge {
  private let model: Model
  private let inputs: any TensorSource
  private let answers: any TensorSource

  /// - Parameters:
  ///   - model: the probe's graph (`Probe.graph`).
  ///   - inputs: the arrays that were fed, by the graph's names.
  ///   - answers: the answers by the cases' names; metadata `refused.CASE` says why one is missing.
  package init(_ model: Model, inputs: any TensorSource, answers: any TensorSource) {
    self.model = model
    self.inputs = inputs
    self.answers = answers
  }

  /// - Throws: `VerificationError` where the probe's own files do not belong together.
  package func judge() throws -> [ProbeFinding] {
    try model.graph.nodes.map { node in
      guard let operation = node.operation as? any Operator else {
        throw VerificationError(file: node.name, "no operator \(node.operation.name) is known here")
      }
      let tensors = try node.inputs.map { id -> Tensor? in
        guard let id else { return nil }
        let value = model.graph[id]
        if let name = value.tensor, let tensor = model.tensors[name] { return tensor }
        guard let tensor = try inputs.tensor(named: value.name) else {
          throw VerificationError(file: "inputs.npz", "no array '\(value.name)'")
        }
        return tensor
      }
      return ProbeFinding(
        name: node.name, operatorName: operation.name, outcome: try outcome(node.name, operation, tensors))
    }
  }

  private func outcome(
    _ name: String, _ operation: any Operator, _ inputs: [Tensor?]
  ) throws -> ProbeFinding.Outcome {
    guard let answer = try answers.tensor(named: name) else {
      return .refused(answers.metadata["refused." + name] ?? "no answer")
    }
    guard !answer.elementType.isOpaque else { return .refused("\(answer.elementType) is not computed with") }
    let expected = try operation.evaluate(inputs, as: Double.self)[0]
    let isNumber = inputs.allSatisfy { $0?.converted(to: Float.self).allSatisfy { !$0.isNaN } ?? true }
    guard isNumber else { return .told(aboutNaN(answer, expected)) }
    if ExactAnswer.same(answer, expected, finish: nil) { return .same }
    let causes = ExactAnswer(operation: operation, inputs: inputs, answer: answer, expected: expected)
      .causes()
    return causes.isEmpty ? unnamed(answer, expected) : .named(causes)
  }

  private func unnamed(_ answer: Tensor, _ expected: Tensor) -> ProbeFinding.Outcome {
    guard answer.shape == expected.shape else {
      return .unnamed(
        differing: answer.shape.count, of: answer.shape.count,
        first: "its shape is \(answer.shape), expected \(expected.shape)")
    }
    let (found, right) = (answer.converted(to: Float.self), expected.converted(to: Float.self))
    let places = found.indices.filter { !ExactAnswer.same(found[$0], right[$0]) }
    let first = places.first.map {
      "at \(answer.shape.position(of: $0)) \(found[$0]), expected \(right[$0])"
    }
    return .unnamed(differing: places.count, of: found.count, first: first ?? "")
  }

  private func aboutNaN(_ answer: Tensor, _ expected: Tensor) -> String {
    guard answer.shape == expected.shape else { return "another shape, \(answer.shape)" }
    let (found, right) = (answer.converted(to: Float.self), expected.converted(to: Float.self))
    let nans = found.count { $0.isNaN }
    let others = found.indices.count { !found[$0].isNaN && !ExactAnswer.same(found[$0], right[$0]) }
    if nans == 0, others == 0 { return "a sample at NaN counts as outside the map" }
    if others == 0 { return "a sample at NaN makes \(nans) of \(found.count) elements NaN" }
    return "\(others) of \(found.count) elements are other numbers, \(nans) are NaN"
  }
}

/// An answer that is not the expected one, compared with what the alternatives give.
private struct ExactAnswer {
  let operation: any Operator
  let inputs: [Tensor?]
  let answer: Tensor
  let expected: Tensor

  private static let listed = 4

  func causes() -> [ProbeFinding.Cause] {
    let layer = Diagnosis(
      operation: operation, inputs: inputs, output: 0, recorded: answer, outputs: [answer],
      expected: expected,
      precision: Precision(.fp32), roundsPositions: false, threads: Threads(1))
    var found: [ProbeFinding.Cause] = []
    for alternative in layer.alternatives {
      var altered = inputs
      alternative.inputs(&altered)
      guard let restored = alternative.restored(answer),
        gives(restored, alternative.operation, altered, alternative.finish)
      else { continue }
      found.append(.init(cause: alternative.cause, remedy: alternative.remedy))
    }
    if found.isEmpty {
      layer.eachPair(on: inputs) { pair, altered, restored in
        if gives(restored, pair.operation, altered, pair.finish) {
          found.append(.init(cause: pair.cause, remedy: pair.remedy))
        }
        return found.count < Self.listed
      }
    }
    if found.isEmpty {
      // What is no dyadic number under an alternative (a sigmoid) is rounded: within that.
      let probe = LayerProbe(layer)
      for alternative in layer.alternatives where probe.trial(of: alternative)?.explains == true {
        found.append(.init(cause: alternative.cause, remedy: alternative.remedy))
      }
    }
    return Array(found.prefix(Self.listed))
  }

  private func gives(
    _ answer: Tensor, _ operation: any Operator, _ inputs: [Tensor?],
    _ finish: (@Sendable (Double) -> Double)?
  ) -> Bool {
    guard let result = try? operation.evaluate(inputs, as: Double.self).first else { return false }
    return Self.same(answer, result, finish: finish)
  }

  /// The same numbers once the expected ones are rounded to the answer's type.
  static func same(_ answer: Tensor, _ expected: Tensor, finish: ((Double) -> Double)?) -> Bool {
    guard answer.shape == expected.shape else { return false }
    let type = answer.elementType == .float64 ? .float32 : answer.elementType
    return zip(answer.converted(to: Double.self), expected.converted(to: Double.self)).allSatisfy {
      let right = type.rounded(finish?($1) ?? $1)
      return $0 == right || ($0.isNaN && right.isNaN)
    }
  }

  /// Zeros of both signs are one: the order of a sum decides the sign.
  static func same(_ a: Float, _ b: Float) -> Bool { a == b || (a.isNaN && b.isNaN) }
}
