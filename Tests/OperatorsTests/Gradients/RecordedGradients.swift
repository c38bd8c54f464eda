import Foundation
import Operators
import Tensors
import TestSupport
import Testing

/// A recorded case with the gradient of its output and those of its inputs.
struct RecordedGradients {
  let operation: any DifferentiableOperator
  let inputNames: [String]
  let inputs: [Tensor]
  let head: Tensor
  /// By the input's name.
  private let gradients: [String: Tensor]

  init(_ golden: GoldenCase) throws { try self.init(golden, golden.arrays()) }

  init(_ golden: GoldenCase, _ arrays: RecordedArrays) throws {
    let run = try RecordedRun(inputsOf: golden, arrays)
    operation = try #require(run.operation as? any DifferentiableOperator)
    inputNames = golden.inputOrder
    inputs = run.inputs
    head = try arrays["\(golden.name)/head"].tensor
    let recorded = golden.inputOrder.filter { arrays.names.contains("\(golden.name)/grad/\($0)") }
    gradients = try Dictionary(
      uniqueKeysWithValues: recorded.map { ($0, try arrays["\(golden.name)/grad/\($0)"].tensor) })
    #expect(Set(recorded) == Set(operation.differentiableInputs.map { golden.inputOrder[$0] }))
  }

  /// Every input's gradient within 2e-6 of the largest recorded one: what sums of a few hundred products in
  /// fp32 differ by.
  func compare<T: Lane>(_ found: [Tensor?], as type: T.Type, _ place: String = "") throws {
    #expect(found.count == inputs.count)
    for (index, name) in inputNames.enumerated() {
      guard let recorded = gradients[name] else {
        #expect(found[index] == nil, "\(name) has no gradient")
        continue
      }
      let gradient = try #require(found[index], "the gradient of \(name)")
      #expect(gradient.shape == inputs[index].shape)
      try #require(gradient.shape == recorded.shape)
      let expected = recorded.elements(as: Float.self).map(Double.init)
      let scale = expected.map(abs).max() ?? 0
      let worst = zip(gradient.elements(as: T.self), expected).map { abs($0.asDouble - $1) }
        .reduce(0) { $0 >= $1 ? $0 : $1.isNaN ? .infinity : $1 }
      #expect(worst <= 2e-6 * scale, "\(place) \(name): \(worst) of \(scale)")
    }
  }

  /// The gradients in fp32 by an instruction set, which must be the same bits for one to three threads.
  func floats(_ set: InstructionSet) throws -> [Tensor?] {
    let runs = try (1...3).map { threads in
      try operation.gradients(
        inputs, outputGradient: head, as: Float.self, layout: threads == 2 ? .channelsLast : .logical,
        in: EvaluationContext(kernels: set.kernels, threads: Threads(threads)))
    }
    let bits = runs.map { $0.map { $0?.elements(as: Float.self).map(\.bitPattern) } }
    #expect(bits.allSatisfy { $0 == bits[0] }, "\(set)")
    return runs[0]
  }
}

extension RecordedGradients {
  /// The cases of a fixture `gradients/NAME.npz`.
  static func fixture(_ name: String) throws -> [(golden: GoldenCase, arrays: RecordedArrays)] {
    let arrays = try RecordedArrays(Repository.fixtures.appending(path: "gradients/\(name).npz"))
    return try arrays.names.filter { $0.hasSuffix("/case") }.map {
      (try JSONDecoder().decode(GoldenCase.self, from: Data(arrays[$0].bytes)), arrays)
    }
  }
}
