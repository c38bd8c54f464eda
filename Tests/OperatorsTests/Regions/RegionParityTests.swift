import Graphs
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Pooling of regions against MXNet's recorded runs", .enabled(if: Repository.golden != nil))
struct RegionParityTests {
  @Test(
    "RoI and PS-RoI pooling are the recorded bits in fp32",
    arguments: RecordedRun.cases("ROIPooling") + RecordedRun.cases("_contrib_PSROIPooling"))
  func exact(_ golden: GoldenCase) throws {
    let run = try RecordedRun(golden)
    for (set, outputs) in try run.operation.floats(run.inputs) {
      #expect(outputs[0] == run.outputs[0].elements(as: Float.self), "\(set)")
    }
  }

  @Test(
    "RoI pooling is the recorded numbers in fp64, PS-RoI pooling rounds to within an ulp of them",
    arguments: RecordedRun.cases("ROIPooling") + RecordedRun.cases("_contrib_PSROIPooling"))
  func double(_ golden: GoldenCase) throws {
    let run = try RecordedRun(golden)
    for layout in [Layout.logical, .channelsLast] {
      let output = try run.operation.evaluate(run.inputs, as: Double.self, layout: layout)[0]
      #expect(output.shape == run.outputs[0].shape)
      let recorded = run.outputs[0].elements(as: Float.self)
      for (found, expected) in zip(output.elements(as: Double.self), recorded) {
        if run.operation is ROIPooling {
          #expect(found == Double(expected))
        } else {
          #expect(abs(found - Double(expected)) <= 1e-6 * max(1, abs(found)))
        }
      }
    }
  }

  @Test(
    "deformable PS-RoI pooling is within the rounding to expect, in both precisions",
    arguments: RecordedRun.cases("_contrib_DeformablePSROIPooling"))
  func deformable(_ golden: GoldenCase) throws {
    let run = try RecordedRun(golden)
    let pooling = try #require(run.operation as? DeformablePSROIPooling)
    let reference = deformableReference(pooling, run.inputs)
    let recorded = run.outputs[0].elements(as: Float.self)
    #expect(reference.count == recorded.count)
    let double = try pooling.evaluate(run.inputs, as: Double.self)[0].elements(as: Double.self)
    for (index, element) in reference.enumerated() {
      #expect(abs(double[index] - element.value) <= 1e-14 * max(1, abs(element.value)))
      #expect(abs(double[index] - Double(recorded[index])) <= 6 * element.sigma + 0x1p-149)
    }
    for (set, outputs) in try pooling.floats(run.inputs) {
      for (index, element) in reference.enumerated() {
        #expect(abs(Double(outputs[0][index]) - element.value) <= 6 * element.sigma + 0x1p-149, "\(set)")
      }
    }
  }
}
