import Graphs
import Operators
import Tensors
import TestSupport
import Testing

/// Every gradient against central differences in fp64.
///
/// Offsets are odd multiples of 1/64 and steps 1/128: positions are exact, and no sample crosses a whole or
/// border position, between which the functions are polynomials of degree one in each variable.
@Suite("Gradients against central differences")
struct CentralDifferenceTests {
  static let convolutions: [DeformableConvolution] = {
    var operations: [DeformableConvolution] = []
    for border in [DeformableConvolution.Border.closed, .zero] {
      for hasMask in [false, true] {
        for (groups, deformableGroups, coordinates) in [
          (1, 1, .absolute), (2, 4, .absolute), (4, 2, .absolute), (1, 2, .relative), (2, 1, .half),
        ] as [(Int, Int, DeformableConvolution.Coordinates)] {
          operations.append(
            DeformableConvolution(
              geometry: ConvolutionGeometry(
                kernel: [2, 3], stride: [2, 1], dilation: [1, 2], padBegin: [1, 2], padEnd: [1, 2]),
              groups: groups, deformableGroups: deformableGroups, filters: 4, hasBias: groups == 1,
              hasMask: hasMask, border: border, coordinates: coordinates,
              offsetOrder: deformableGroups == 4 ? .xy : .yx))
        }
      }
    }
    return operations
  }()

  @Test(
    "of deformable convolution, under both border rules and in every dialect", arguments: convolutions.indices
  )
  func convolution(_ index: Int) throws {
    let operation = Self.convolutions[index]
    var random = SeededGenerator(seed: 17)
    func tensor(_ shape: Shape, _ value: (inout SeededGenerator) -> Double) -> Tensor {
      Tensor((0..<shape.count).map { _ in value(&random) }, shape: shape)
    }
    let any: (inout SeededGenerator) -> Double = { Double.random(in: -1...1, using: &$0) }
    let samples = operation.deformableGroups * 6
    var inputs = [
      tensor([2, 8, 5, 4], any),
      tensor([2, 2 * samples, 3, 4]) { Double(2 * Int.random(in: -70...70, using: &$0) + 1) / 64 },
    ]
    if operation.hasMask { inputs.append(tensor([2, samples, 3, 4], any)) }
    inputs.append(tensor([4, 8 / operation.groups, 2, 3], any))
    if operation.hasBias { inputs.append(tensor([4], any)) }
    try check(operation, inputs, head: tensor([2, 4, 3, 4], any), random: &random)
  }

  static let poolings: [DeformablePSROIPooling] = [
    DeformablePSROIPooling(
      spatialScale: 0.25, outputDim: 4, groupSize: 2, pooledSize: 4, partSize: 2, samplesPerPart: 2,
      transStd: 0.125, hasTrans: true),
    DeformablePSROIPooling(
      spatialScale: 0.25, outputDim: 16, groupSize: 1, pooledSize: 2, partSize: 4, samplesPerPart: 4,
      transStd: 0.25, hasTrans: true, transOrder: .yx),
    DeformablePSROIPooling(
      spatialScale: 0.5, outputDim: 4, groupSize: 2, pooledSize: 2, samplesPerPart: 2, hasTrans: false),
  ]

  @Test("of deformable pooling, its offsets in both orders", arguments: poolings.indices)
  func pooling(_ index: Int) throws {
    let operation = Self.poolings[index]
    var random = SeededGenerator(seed: 23)
    func tensor(_ shape: Shape, _ value: (inout SeededGenerator) -> Double) -> Tensor {
      Tensor((0..<shape.count).map { _ in value(&random) }, shape: shape)
    }
    let any: (inout SeededGenerator) -> Double = { Double.random(in: -1...1, using: &$0) }
    // Regions of a power of two elements, one of them partly and one wholly outside, one of a missing image.
    let rois: [Float] = [
      0, 0, 0, 15, 31, 1, 4, 8, 35, 23, 1, -16, -8, 15, 7, 0, 100, 100, 131, 131, 2, 0, 0, 15, 15,
    ]
    var inputs = [
      tensor([2, operation.outputDim * operation.groupSize * operation.groupSize, 7, 9], any),
      Tensor(rois.map(Double.init), shape: [5, 5]),
    ]
    if operation.hasTrans {
      inputs.append(
        tensor([5, 4, operation.partSize, operation.partSize]) {
          Double(2 * Int.random(in: -16...16, using: &$0) + 1) / 64
        })
    }
    let size = operation.pooledSize
    try check(
      operation, inputs, head: tensor([5, operation.outputDim, size, size], any), random: &random)
  }

  @Test(
    "of position-sensitive pooling, more bins than groups and fewer", arguments: [(2, 2), (2, 5), (3, 2)])
  func positionSensitive(groupSize: Int, pooledSize: Int) throws {
    let operation = PSROIPooling(
      spatialScale: 0.25, outputDim: 3, pooledSize: pooledSize, groupSize: groupSize)
    var random = SeededGenerator(seed: 29)
    func tensor(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in Double.random(in: -1...1, using: &random) }, shape: shape)
    }
    // Regions that overlap, one partly and one wholly outside, one of a missing image.
    let rois: [Float] = [
      0, 0, 0, 15, 31, 1, 4, 8, 35, 23, 1, -16, -8, 15, 7, 0, 100, 100, 131, 131, 2, 0, 0, 15, 15, 0, 3, 2,
      30, 20,
    ]
    let inputs = [
      tensor([2, 3 * groupSize * groupSize, 7, 9]), Tensor(rois.map(Double.init), shape: [6, 5]),
    ]
    try check(operation, inputs, head: tensor([6, 3, pooledSize, pooledSize]), random: &random)
  }

  /// Compares slopes along random directions of all elements of each input, and along single elements.
  ///
  /// Along any line the functions are polynomials of at most degree two: their differences are exact.
  private func check(
    _ operation: any DifferentiableOperator, _ inputs: [Tensor], head: Tensor, random: inout SeededGenerator
  ) throws {
    let gradients = try operation.gradients(inputs, outputGradient: head, as: Double.self)
    let weights = head.elements(as: Double.self)
    func value(_ inputs: [Tensor]) throws -> Double {
      let output = try operation.evaluate(inputs, as: Double.self)[0].elements(as: Double.self)
      return zip(output, weights).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let step = 1.0 / 128
    for index in operation.differentiableInputs {
      let found = try #require(gradients[index]).elements(as: Double.self)
      #expect(found.contains { $0 != 0 })
      for trial in 0..<8 {
        var direction = found.map { _ in Bool.random(using: &random) ? 1.0 : -1 }
        if trial >= 5 {
          let chosen = Int.random(in: found.indices, using: &random)
          direction = found.indices.map { $0 == chosen ? 1 : 0 }
        }
        let sides = try [-step, step].map { move in
          var moved = inputs
          moved[index] = Tensor(
            zip(inputs[index].elements(as: Double.self), direction).map { $0 + move * $1 },
            shape: inputs[index].shape)
          return try value(moved)
        }
        let expected = (sides[1] - sides[0]) / (2 * step)
        let slope = zip(found, direction).reduce(0) { $0 + $1.0 * $1.1 }
        // Differences of sums of a few thousand terms in fp64, divided by the step.
        let scale = max(1, found.reduce(0) { $0 + abs($1) })
        #expect(abs(slope - expected) <= 1e-12 * scale, "input \(index): \(slope), not \(expected)")
      }
    }
  }
}
