import Foundation
import Graphs
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Evaluation against MXNet's recorded runs", .enabled(if: Repository.golden != nil))
struct GoldenParityTests {
  static let cases = GoldenCase.all

  @Test(
    "in fp64 every output is within six deviations of the recorded one, in both layouts", arguments: cases)
  func double(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    let arrays = try golden.arrays()
    let inputs = try golden.tensors(arrays)
    for layout in [Layout.logical, .channelsLast] {
      let outputs = try operation.evaluate(inputs, as: Double.self, layout: layout)
      for (index, output) in outputs.enumerated() where index < golden.outputs.count {
        let recorded = try arrays["\(golden.name)/out/\(index)"]
        try #require(output.shape.dimensions == recorded.shape)
        let found = output.elements(as: Double.self)
        let bound = operation.errorBound(
          BoundOperands(inputs: inputs, outputShape: output.shape, reference: Elements(found)))
        for (element, expected) in recorded.elements(as: Float.self).enumerated() {
          guard let allowance = ExpectedError.allowance(bound, element, value: found[element]) else { break }
          let error = abs(found[element] - Double(expected))
          if error > allowance { Issue.record("element \(element): \(error) of \(allowance)") }
        }
      }
    }
  }

  @Test("in fp32 too, on every instruction set and any number of threads", arguments: cases)
  func float(_ golden: GoldenCase) throws {
    let operation = try golden.operation()
    let arrays = try golden.arrays()
    let inputs = try golden.tensors(arrays)
    var bounds: [Int: ErrorBound] = [:]
    for set in InstructionSet.available {
      var bits: [[Float]] = []
      for threads in 1...3 {
        let context = EvaluationContext(kernels: set.kernels, threads: Threads(threads))
        let outputs = try operation.evaluate(inputs, as: Float.self, in: context)
        for (index, output) in outputs.enumerated() where index < golden.outputs.count {
          let expected = try arrays["\(golden.name)/out/\(index)"].elements(as: Float.self)
          let scale = max(1e-30, expected.map(abs).max() ?? 0)
          let found = output.elements(as: Float.self)
          if index == 0 { bits.append(found) }
          // Where runs may differ more, both round: twice what is to be expected of either.
          if zip(found, expected).allSatisfy({ abs($0 - $1) <= 2e-6 * scale }) { continue }
          let bound = try bounds[index] ?? bound(operation, inputs, index)
          bounds[index] = bound
          for (element, (found, expected)) in zip(found, expected).enumerated() {
            let error = abs(found - expected)
            let allowance = ExpectedError.allowance(bound, element, value: Double(expected)) ?? 0
            if !(Double(error) <= 2 * allowance) { Issue.record("\(error) of \(scale) on \(set)") }
          }
        }
      }
      #expect(bits.allSatisfy { $0.map(\.bitPattern) == bits[0].map(\.bitPattern) })
    }
  }
}

/// An output's bound, from its own fp64 run.
private func bound(_ operation: any Operator, _ inputs: [Tensor?], _ output: Int) throws -> ErrorBound {
  let reference = try operation.evaluate(inputs, as: Double.self)[output]
  return operation.errorBound(
    BoundOperands(
      inputs: inputs, outputShape: reference.shape, reference: Elements(reference.widened)))
}

extension GoldenCase {
  /// The recorded arrays of this case's operator.
  func arrays() throws -> RecordedArrays {
    let golden = try #require(Repository.golden)
    let file = op.replacing(":", with: "_").drop { $0 == "_" }
    return try RecordedArrays(golden.appending(path: "ops/\(file).npz"))
  }

  /// The inputs in the operator's order.
  func tensors(_ arrays: RecordedArrays) throws -> [Tensor?] {
    try inputOrder.map { name in
      let array = try arrays["\(self.name)/in/\(name)"]
      return Tensor(array.elements(as: Float.self), shape: Shape(array.shape))
    }
  }
}
