import Foundation
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Proposals against MXNet's recorded runs", .enabled(if: Repository.golden != nil))
struct ProposalParityTests {
  static let cases = [
    "_contrib_Proposal", "_contrib_MultiProposal", "Custom:proposal", "Custom:pyramid_proposal",
  ]
  .flatMap(RecordedRun.cases)

  @Test("the same boxes come in the same order, in both precisions and layouts", arguments: cases)
  func same(_ golden: GoldenCase) throws {
    let run = try RecordedRun(golden)
    for layout in [Layout.logical, .channelsLast] {
      let double = try run.operation.evaluate(run.inputs, as: Double.self, layout: layout)
      let float = try run.operation.evaluate(run.inputs, as: Float.self, layout: layout)
      for (index, recorded) in run.outputs.enumerated() {
        let expected = recorded.elements(as: Float.self)
        let (floats, doubles) = (
          float[index].elements(as: Float.self), double[index].elements(as: Double.self)
        )
        #expect(float[index].shape == recorded.shape)
        if run.operation is Proposal {
          #expect(floats == expected)
          #expect(doubles == expected.map(Double.init))
          continue
        }
        let allowance = run.exponentialError
        for (place, value) in expected.enumerated() {
          #expect(abs(Double(floats[place]) - Double(value)) <= allowance + Double(value.ulp))
          #expect(abs(doubles[place] - Double(value)) <= allowance + Double(value.ulp))
        }
      }
    }
  }
}

extension RecordedRun {
  /// What numpy's exponential of fp32 deltas, within 2.5 ulp, may move a corner: the Python operators compute all
  /// else in fp64.
  fileprivate var exponentialError: Double {
    guard let proposal = operation as? PyramidProposal else { return 0 }
    let levels = proposal.strides.count
    let largest = (levels..<2 * levels).flatMap { inputs[$0].elements(as: Float.self) }.max() ?? 0
    let anchor = Double(proposal.strides.max() ?? 0) * (proposal.selection.scales.max() ?? 0) * 1.5
    return anchor * exp(Double(largest)) / 2 * 3.5 * 0x1p-23
  }
}

/// What no trained network gives, and what a hostile file may.
@Suite("Proposals at their borders")
struct ProposalBorderTests {
  static let selection = ProposalSelection(
    scales: [2], ratios: [1], preNMSTopN: 0, postNMSTopN: 5, threshold: 0.7, minSize: 4, hasScores: true)

  static func inputs(
    score: (Int) -> Float = { Float($0) }, delta: Float = 0, info: [Float] = [64, 80, 1]
  ) -> [Tensor] {
    [
      Tensor((0..<40).map(score), shape: [1, 2, 4, 5]),
      Tensor(Array(repeating: delta, count: 80), shape: [1, 4, 4, 5]), Tensor(info, shape: [1, 3]),
    ]
  }

  static let operations: [any Operator] = [
    Proposal(stride: 16, selection: selection), PyramidProposal(strides: [16], selection: selection),
  ]

  @Test("an image that its map does not cover is refused, and one of no size", arguments: 0..<2)
  func imageInfo(_ index: Int) {
    for info in [[Float.nan, 80, 1], [64, .infinity, 1], [80, 80, 1], [64, 1e30, 1]] {
      #expect(throws: OperatorError.self) {
        try Self.operations[index].evaluate(Self.inputs(info: info), as: Float.self)
      }
    }
  }

  @Test("scores and deltas may be anything", arguments: 0..<2)
  func wild(_ index: Int) throws {
    for value in [Float.nan, .infinity, -.infinity, 1e38, -1e38] {
      for inputs in [Self.inputs(score: { $0 % 3 == 0 ? value : 1 }), Self.inputs(delta: value)] {
        let outputs = try Self.operations[index].evaluate(inputs, as: Float.self)
        #expect(outputs.map(\.shape) == [[5, 5], [5, 1]])
      }
    }
  }

  @Test("where no box is left, Python's rule gives regions of zeros and C++'s grown boxes")
  func none() throws {
    let small = Self.inputs(info: [64, 80, 100])
    let python = try Self.operations[1].evaluate(small, as: Float.self)
    #expect(python.allSatisfy { $0.elements(as: Float.self).allSatisfy { $0 == 0 } })
    let cpp = try Self.operations[0].evaluate(small, as: Float.self)
    #expect(cpp[1].elements(as: Float.self).allSatisfy { $0 == -1 })
    #expect(cpp[0].elements(as: Float.self)[1] < 0)
  }

  @Test("of equal scores C++'s rule takes the first, Python's the last, and both repeat in turn")
  func ties() throws {
    var selection = Self.selection
    selection.preNMSTopN = 3
    // Neighbouring boxes of 32 pixels overlap by a third.
    let first = try Proposal(stride: 16, selection: selection).evaluate(
      Self.inputs(score: { _ in 0.5 }), as: Float.self)[0].elements(as: Float.self)
    #expect(stride(from: 1, to: 25, by: 5).map { first[$0] } == [0, 8, 24, 0, 8])
    let last = try PyramidProposal(strides: [16], selection: selection).evaluate(
      Self.inputs(score: { _ in 0.5 }), as: Float.self)[0].elements(as: Float.self)
    #expect(stride(from: 1, to: 25, by: 5).map { last[$0] } == [56, 40, 24, 56, 40])
  }
}
