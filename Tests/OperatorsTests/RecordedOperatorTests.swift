import Foundation
import Operators
import Tensors
import TestSupport
import Testing

/// Small runs of MXNet 1.9.1 that the project carries (`Fixtures/record/operators.py`).
struct RecordedOperators {
  let cases: [GoldenCase]
  private let arrays: RecordedArrays

  static let shared: RecordedOperators? = try? RecordedOperators()
  static var cases: [GoldenCase] { shared?.cases ?? [] }

  private init() throws {
    struct File: Decodable { let cases: [GoldenCase] }
    let folder = Repository.fixtures.appending(path: "mxnet")
    cases = try JSONDecoder().decode(
      File.self, from: Data(contentsOf: folder.appending(path: "operators.json"))
    ).cases
    arrays = try RecordedArrays(folder.appending(path: "operators.npz"))
  }

  func run(_ recorded: GoldenCase) throws -> RecordedRun { try RecordedRun(recorded, arrays) }
}

@Suite("Operators against small recorded runs of MXNet")
struct RecordedOperatorTests {
  @Test("every evaluated operator that MXNet has was recorded, but for the Python ones")
  func complete() throws {
    let recorded = Set(try RecordedOperators.cases.map { try $0.operation().name })
    let spelled = OperatorExamples.ofMXNet.filter { !($0 is PyramidProposal) && !($0 is PyramidROIPooling) }
    #expect(Set(spelled.map(\.name)).subtracting(recorded).sorted() == [])
  }

  @Test("in fp64 every output is what is to be expected, in both layouts", arguments: RecordedOperators.cases)
  func double(_ recorded: GoldenCase) throws {
    let run = try #require(RecordedOperators.shared).run(recorded)
    for layout in [Layout.logical, .channelsLast] {
      let outputs = try run.operation.evaluate(run.inputs, as: Double.self, layout: layout)
      for (output, expected) in zip(outputs, run.outputs) {
        #expect(output.shape == expected.shape)
        let found = output.converted(to: Double.self)
        let bound = run.operation.errorBound(
          BoundOperands(inputs: run.inputs, outputShape: output.shape, reference: Elements(found)))
        compare(found, expected.elements(as: Float.self)) { element in
          ExpectedError.allowance(bound, element, value: found[element])
        }
      }
    }
  }

  @Test(
    "in fp32 every instruction set comes as near, whatever the threads", arguments: RecordedOperators.cases)
  func float(_ recorded: GoldenCase) throws {
    let run = try #require(RecordedOperators.shared).run(recorded)
    let reference = try run.operation.evaluate(run.inputs, as: Double.self)
    let bounds = reference.map {
      run.operation.errorBound(
        BoundOperands(inputs: run.inputs, outputShape: $0.shape, reference: Elements($0.widened)))
    }
    for set in InstructionSet.available {
      let outputs = try (1...3).map { threads in
        try run.operation.evaluate(
          run.inputs, as: Float.self, in: EvaluationContext(kernels: set.kernels, threads: Threads(threads)))
      }
      for (index, expected) in run.outputs.enumerated() where index < outputs[0].count {
        let found = outputs.map { $0[index].converted(to: Double.self) }
        #expect(found.allSatisfy { $0.map(\.bitPattern) == found[0].map(\.bitPattern) })
        // Both runs round.
        compare(found[0], expected.elements(as: Float.self)) { element in
          ExpectedError.allowance(bounds[index], element, value: found[0][element]).map { 2 * $0 }
        }
      }
    }
  }

  /// Numbers that are none must be so in both; where no bound is known, fp32's rounding of the largest is allowed.
  private func compare(_ found: [Double], _ expected: [Float], allowance: (Int) -> Double?) {
    let scale = expected.filter(\.isFinite).map { Double(abs($0)) }.max() ?? 0
    for (element, (found, expected)) in zip(found, expected).enumerated() {
      // What fp32 cannot hold is infinite there.
      if Double(Float(found)) == Double(expected) || found.isNaN && expected.isNaN { continue }
      let error = abs(found - Double(expected))
      if !(error <= allowance(element) ?? 2e-6 * scale) {
        Issue.record("element \(element): \(found), recorded \(expected)")
      }
    }
  }
}
