import Foundation
import Operators
import Tensors
import TestSupport
import Testing

/// A recorded case with its numbers.
struct RecordedRun {
  let operation: any Operator
  let inputs: [Tensor]
  let outputs: [Tensor]

  init(_ golden: GoldenCase) throws {
    let folder = try #require(Repository.golden)
    let file = String(golden.op.replacing(":", with: "_").drop { $0 == "_" })
    try self.init(golden, RecordedArrays(folder.appending(path: "ops/\(file).npz")))
  }

  /// The inputs alone.
  init(inputsOf golden: GoldenCase, _ arrays: RecordedArrays) throws {
    operation = try golden.operation()
    inputs = try golden.inputOrder.map { try arrays["\(golden.name)/in/\($0)"].tensor }
    outputs = []
  }

  init(_ golden: GoldenCase, _ arrays: RecordedArrays) throws {
    operation = try golden.operation()
    inputs = try golden.inputOrder.map { try arrays["\(golden.name)/in/\($0)"].tensor }
    outputs = try golden.outputs.indices.map { try arrays["\(golden.name)/out/\($0)"].tensor }
  }

  /// Every recorded case of an operator.
  static func cases(_ op: String) -> [GoldenCase] { GoldenCase.all.filter { $0.op == op } }
}

extension RecordedArrays.Entry {
  var tensor: Tensor { Tensor(elements(as: Float.self), shape: Shape(shape)) }
}

extension Operator {
  /// The outputs in fp32 by every instruction set and one to three threads; they must be the same bits for each
  /// count of threads.
  func floats(_ inputs: [Tensor?]) throws -> [(set: InstructionSet, outputs: [[Float]])] {
    try InstructionSet.available.map { set in
      let runs = try (1...3).map { threads in
        try evaluate(
          inputs, as: Float.self, layout: threads == 2 ? .channelsLast : .logical,
          in: EvaluationContext(kernels: set.kernels, threads: Threads(threads))
        ).map { $0.elements(as: Float.self) }
      }
      for run in runs {
        #expect(run.map { $0.map(\.bitPattern) } == runs[0].map { $0.map(\.bitPattern) }, "\(set)")
      }
      return (set, runs[0])
    }
  }
}
