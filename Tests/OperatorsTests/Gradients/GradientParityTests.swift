import Operators
import Tensors
import TestSupport
import Testing

/// Deformable convolution v1 and position-sensitive pooling, plain and deformable, by MXNet's autograd; v2, of which MXNet has no backward pass
/// on the CPU, by torchvision's, and in the large recordings by an analytic reference in fp64.
@Suite("Gradients against recorded ones")
struct GradientParityTests {
  static let large = [
    "_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution",
    "_contrib_DeformablePSROIPooling", "_contrib_PSROIPooling",
  ].flatMap { RecordedRun.cases($0) }

  @Test("of samples on the borders, in both precisions and layouts", arguments: ["mxnet", "torchvision"])
  func small(_ framework: String) throws {
    let cases = try RecordedGradients.fixture(framework)
    #expect(cases.count >= 4)
    for (golden, arrays) in cases { try check(RecordedGradients(golden, arrays), golden.testDescription) }
  }

  @Test(
    "of every recorded operator case", .enabled(if: Repository.golden != nil), arguments: large)
  func recorded(_ golden: GoldenCase) throws {
    try check(RecordedGradients(golden), golden.testDescription)
  }

  private func check(_ run: RecordedGradients, _ name: String) throws {
    for layout in [Layout.logical, .channelsLast] {
      let found = try run.operation.gradients(
        run.inputs, outputGradient: run.head, as: Double.self, layout: layout)
      try run.compare(found, as: Double.self, name)
    }
    for set in InstructionSet.available {
      try run.compare(run.floats(set), as: Float.self, "\(name) \(set)")
    }
  }

  @Test("one that is not asked for is not given, and the others are the same bits")
  func wanted() throws {
    for (golden, arrays) in try RecordedGradients.fixture("mxnet") {
      let run = try RecordedGradients(golden, arrays)
      let all = try run.operation.gradients(run.inputs, outputGradient: run.head, as: Float.self)
      for index in run.operation.differentiableInputs {
        let one = try run.operation.gradients(
          run.inputs, outputGradient: run.head, of: [index], as: Float.self)
        #expect(one.indices.filter { one[$0] != nil } == [index])
        #expect(one[index]?.elements(as: Float.self) == all[index]?.elements(as: Float.self))
      }
    }
  }

  @Test(
    "samples that are not numbers, or infinitely far, have no gradient", arguments: ["mxnet", "torchvision"])
  func notNumbers(_ framework: String) throws {
    let (golden, arrays) = try #require(RecordedGradients.fixture(framework).first)
    let run = try RecordedGradients(golden, arrays)
    for value in [Float.nan, .infinity, -.infinity, 1e38] {
      var inputs = run.inputs
      inputs[1] = Tensor(Array(repeating: value, count: inputs[1].shape.count), shape: inputs[1].shape)
      for gradient in try run.operation.gradients(inputs, outputGradient: run.head, as: Float.self) {
        #expect(try #require(gradient).elements(as: Float.self).allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("what does not fit is refused: another shape of gradient, an input without one, whole numbers")
  func refused() throws {
    let (golden, arrays) = try #require(RecordedGradients.fixture("mxnet").first { $0.golden.name == "c06" })
    let run = try RecordedGradients(golden, arrays)
    #expect(throws: OperatorError.self) {
      try run.operation.gradients(run.inputs, outputGradient: run.inputs[0], as: Float.self)
    }
    #expect(throws: OperatorError.self) {
      try run.operation.gradients(run.inputs, outputGradient: run.head, of: [1], as: Float.self)
    }
    #expect(throws: OperatorError.self) {
      try run.operation.gradients(run.inputs, outputGradient: run.head, of: [7], as: Float.self)
    }
    let whole = Tensor(run.inputs[0].elements(as: Float.self).map { Int32($0) }, shape: run.inputs[0].shape)
    #expect(throws: OperatorError.self) {
      try run.operation.gradients(
        [whole] + run.inputs.dropFirst(), outputGradient: run.head, as: Float.self)
    }
  }
}
