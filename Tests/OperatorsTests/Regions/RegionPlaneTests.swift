import Operators
import Tensors
import TestSupport
import Testing

@Suite("Pooling with offsets of every class")
struct RegionPlaneTests {
  private static let classes = 5

  private static func pooling(outputDim: Int) -> DeformablePSROIPooling {
    DeformablePSROIPooling(
      spatialScale: 0.0625, outputDim: outputDim, groupSize: 3, pooledSize: 3, samplesPerPart: 4,
      transStd: 0.1, hasTrans: true)
  }

  /// Regions inside, across the rim, beyond it, and of an image that is not there.
  private static func regions(_ random: inout SeededGenerator, height: Int, width: Int) -> Tensor {
    let (bottom, right) = (Float(16 * height), Float(16 * width))
    var rows: [Float] = [
      0, -90, -70, 60, 50, 1, right - 40, bottom - 50, right + 80, bottom + 30, 1, -400, -300, -200, -100,
      2, 5, 5, 60, 60, 0, 30, 30, 30, 30, 0, 0, 0, right, bottom,
    ]
    for _ in 0..<20 {
      let (x, y) = (Float.random(in: 0..<right, using: &random), Float.random(in: 0..<bottom, using: &random))
      rows += [
        Float(Int.random(in: 0...1, using: &random)), x, y, x + Float.random(in: 0..<300, using: &random),
        y + Float.random(in: 0..<300, using: &random),
      ]
    }
    return Tensor(rows, shape: [rows.count / 5, 5])
  }

  /// Rows `first..<first + count` of each matrix of a tensor `[N, rows, …]`, for every step-th such run.
  private static func channels(_ tensor: Tensor, _ range: Range<Int>) -> Tensor {
    let shape = tensor.shape
    let size = shape.dimensions[2...].reduce(1, *)
    let elements = tensor.elements(as: Float.self)
    let chosen = (0..<shape[0]).flatMap { image in
      elements[(image * shape[1] + range.lowerBound) * size..<(image * shape[1] + range.upperBound) * size]
    }
    return Tensor(Array(chosen), shape: Shape([shape[0], range.count] + shape.dimensions[2...]))
  }

  @Test(
    "all classes at once equal the classes one by one, on every instruction set",
    arguments: InstructionSet.available)
  func classes(set: InstructionSet) throws {
    var random = SeededGenerator(seed: 81)
    for (height, width) in [(12, 14), (20, 37), (38, 63), (1, 40), (40, 1)] {
      let rois = Self.regions(&random, height: height, width: width)
      var numbers = (0..<2 * Self.classes * 9 * height * width).map { _ in random.normal() }
      // Beside what is sampled an infinity must not count; where it is sampled it must.
      numbers[numbers.count / 3] = .infinity
      let data = Tensor(numbers, shape: [2, Self.classes * 9, height, width])
      let trans = Tensor(
        (0..<rois.shape[0] * 2 * Self.classes * 9).map { _ in 2 * random.normal() },
        shape: [rois.shape[0], 2 * Self.classes, 3, 3])
      let context = EvaluationContext(kernels: set.kernels, threads: Threads(2))
      func compare<T: EvaluationLane>(_ type: T.Type, _ tolerance: Double) throws {
        let whole = try Self.pooling(outputDim: Self.classes).evaluate(
          [data, rois, trans], as: T.self, in: context)[0].converted(to: Double.self)
        for index in 0..<Self.classes {
          let alone = try Self.pooling(outputDim: 1).evaluate(
            [
              Self.channels(data, index * 9..<index * 9 + 9), rois,
              Self.channels(trans, 2 * index..<2 * index + 2),
            ], as: T.self, in: context)[0].converted(to: Double.self)
          for (place, expected) in alone.enumerated() {
            let found = whole[(place / 9 * Self.classes + index) * 9 + place % 9]
            let agrees =
              found == expected || abs(found - expected) <= tolerance || found.isNaN && expected.isNaN
            #expect(agrees, "\(height)×\(width), class \(index), element \(place): \(found), \(expected)")
          }
        }
      }
      // Sums of 16 samples of size 4, whose weights are rounded as often.
      try compare(Float.self, 64 * 16 * 0x1p-24)
      try compare(Double.self, 64 * 16 * 0x1p-53)
    }
  }

  @Test("the planes' results are the same bits for any number of threads")
  func threads() throws {
    var random = SeededGenerator(seed: 82)
    let rois = Self.regions(&random, height: 20, width: 37)
    let data = Tensor(
      (0..<2 * Self.classes * 9 * 20 * 37).map { _ in random.normal() },
      shape: [2, Self.classes * 9, 20, 37])
    let trans = Tensor(
      (0..<rois.shape[0] * 2 * Self.classes * 9).map { _ in random.normal() },
      shape: [rois.shape[0], 2 * Self.classes, 3, 3])
    let results = try (1...4).map { threads in
      try Self.pooling(outputDim: Self.classes).evaluate(
        [data, rois, trans], as: Float.self, in: EvaluationContext(threads: Threads(threads)))[0]
        .elements(as: Float.self)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
