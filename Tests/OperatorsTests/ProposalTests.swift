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
