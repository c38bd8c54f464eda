import Operators
import Tensors
import TestSupport
import Testing

@Suite("Orders in which regions are pooled")
struct RegionOrderTests {
  /// A pooling of maps of so many channels.
  struct Pooling: CustomTestStringConvertible, Sendable {
    let operation: any Operator
    let channels: Int
    var trans: Shape?

    var testDescription: String { "\(operation.name) of \(channels) channels" }
  }

  private static let poolings: [Pooling] = [
    // More channels than a block has, and fewer than a vector.
    Pooling(operation: ROIPooling(pooledSize: [3, 5], spatialScale: 0.0625), channels: 131),
    Pooling(operation: ROIPooling(pooledSize: [1, 1], spatialScale: 0.0625), channels: 64),
    Pooling(operation: ROIPooling(pooledSize: [7, 7], spatialScale: 0.0625), channels: 3),
    Pooling(
      operation: PSROIPooling(spatialScale: 0.0625, outputDim: 21, pooledSize: 3, groupSize: 3),
      channels: 189),
    Pooling(
      operation: PSROIPooling(spatialScale: 0.0625, outputDim: 2, pooledSize: 5, groupSize: 2), channels: 8),
    Pooling(
      operation: PSROIPooling(spatialScale: 0.0625, outputDim: 5, pooledSize: 2, groupSize: 3), channels: 45),
    Pooling(
      operation: PSROIPooling(spatialScale: 0.0625, outputDim: 40, pooledSize: 2, groupSize: 1),
      channels: 40),
    Pooling(
      operation: ROIAlign(
        pooledSize: [5, 4], spatialScale: 0.0625, samplingRatio: 2, coordinates: .corner), channels: 37),
    Pooling(
      operation: ROIAlign(
        pooledSize: [2, 2], spatialScale: 0.0625, samplingRatio: 0, coordinates: .halfPixel,
        function: .maximum), channels: 19),
    Pooling(
      operation: DeformablePSROIPooling(
        spatialScale: 0.0625, outputDim: 22, groupSize: 3, pooledSize: 3, samplesPerPart: 2, transStd: 0.1,
        hasTrans: true), channels: 198, trans: [4, 3, 3]),
  ]

  @Test(
    "logical order gives the bits of channels-last, on every instruction set and for any number of threads",
    arguments: poolings)
  func orders(_ pooling: Pooling) throws {
    var random = SeededGenerator(seed: 7)
    // Regions inside, across the rim and beyond it, of both images and of one that is not there.
    var rows: [Float] = [2, 5, 5, 60, 60, 0, -400, -300, -200, -100, 1, -20, -20, 700, 500]
    for _ in 0..<70 {
      let (x, y) = (Float.random(in: 0..<200, using: &random), Float.random(in: 0..<150, using: &random))
      rows += [
        Float(Int.random(in: 0...1, using: &random)), x, y, x + Float.random(in: 0..<150, using: &random),
        y + Float.random(in: 0..<90, using: &random),
      ]
    }
    let rois = Tensor(rows, shape: [rows.count / 5, 5])
    func normal(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in random.normal() }, shape: shape)
    }
    let inputs =
      [normal([2, pooling.channels, 11, 14]), rois]
      + (pooling.trans.map { [normal(Shape([rois.shape[0]] + $0.dimensions))] } ?? [])
    for set in InstructionSet.available {
      func run(_ layout: Layout, _ threads: Int) throws -> [UInt32] {
        try pooling.operation.evaluate(
          inputs, as: Float.self, layout: layout,
          in: EvaluationContext(kernels: set.kernels, threads: Threads(threads)))[0]
          .elements(as: Float.self).map(\.bitPattern)
      }
      let expected = try run(.channelsLast, 1)
      #expect(Set(expected).count > 10)
      for threads in 1...3 { #expect(try run(.logical, threads) == expected, "\(set), \(threads)") }
    }
  }
}
