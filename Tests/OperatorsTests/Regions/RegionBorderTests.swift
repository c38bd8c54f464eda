import Operators
import Tensors
import TestSupport
import Testing

/// Regions that no detector should give, and laws that hold for all.
@Suite("Pooling of regions at its borders, and by its laws")
struct RegionBorderTests {
  static let operations: [any Operator] = [
    ROIPooling(pooledSize: [2, 2], spatialScale: 0.5),
    PSROIPooling(spatialScale: 0.5, outputDim: 2, pooledSize: 2, groupSize: 2),
    DeformablePSROIPooling(
      spatialScale: 0.5, outputDim: 2, groupSize: 2, pooledSize: 2, samplesPerPart: 2, hasTrans: false),
    ROIAlign(pooledSize: [2, 2], spatialScale: 0.5, coordinates: .halfPixel),
    ROIAlign(pooledSize: [2, 2], spatialScale: 0.5, samplingRatio: 3, coordinates: .corner),
    ROIAlign(pooledSize: [2, 2], spatialScale: 0.5, coordinates: .corner, function: .maximum),
    ROIAlign(pooledSize: [2, 2], spatialScale: 0.5, coordinates: .corner, isPositionSensitive: true),
  ]

  static func tensor(_ shape: Shape, seed: UInt64 = 3) -> Tensor {
    var random = SeededGenerator(seed: seed)
    return Tensor((0..<shape.count).map { _ in random.normal() + 4 }, shape: shape)
  }

  static func rois(_ rows: [[Float]]) -> Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, 5]) }

  @Test("a region of no image of the batch is zero", arguments: operations.indices)
  func otherImage(_ index: Int) throws {
    let rows: [[Float]] = [[2, 0, 0, 8, 8], [-1, 0, 0, 8, 8], [.nan, 0, 0, 8, 8], [1e30, 0, 0, 8, 8]]
    let output = try Self.operations[index].evaluate(
      [Self.tensor([2, 8, 6, 7]), Self.rois(rows)], as: Float.self)[0]
    #expect(output.elements(as: Float.self).allSatisfy { $0 == 0 })
  }

  @Test("corners that are no numbers, or as far as numbers go, give numbers", arguments: operations.indices)
  func wildCorners(_ index: Int) throws {
    let wild: [Float] = [.nan, .infinity, -.infinity, 1e38, -1e38, 1e15, -1e15, 1e9, -1e9, 0.25]
    var rows: [[Float]] = []
    for (place, corner) in wild.enumerated() {
      for (other, opposite) in wild.enumerated() where (place + other) % 3 != 1 {
        rows.append([0, corner, opposite, opposite, corner])
      }
    }
    let output = try Self.operations[index].evaluate(
      [Self.tensor([1, 8, 6, 7]), Self.rois(rows)], as: Float.self)[0]
    // No more than the map's largest, and 0 where nothing is.
    #expect(output.elements(as: Float.self).allSatisfy { $0 >= 0 && $0 < 10 })
  }

  @Test("a map of one value gives that value inside of it", arguments: operations.indices)
  func constant(_ index: Int) throws {
    let map = Tensor(Array(repeating: Float(2.5), count: 8 * 63), shape: [1, 8, 9, 7])
    let output = try Self.operations[index].evaluate(
      [map, Self.rois([[0, 2, 2, 9, 11], [0, 3, 5, 3.5, 5.5]])], as: Float.self)[0]
    #expect(output.elements(as: Float.self).allSatisfy { abs($0 - 2.5) < 1e-6 })
  }

  @Test("permuting regions and images permutes the result", arguments: operations.indices)
  func permutation(_ index: Int) throws {
    let maps = [Self.tensor([1, 8, 6, 7]), Self.tensor([1, 8, 6, 7], seed: 4)]
    let rows: [[Float]] = [[0, 1, 2, 9, 8], [1, -4, 3, 30, 7], [1, 5, 5, 5, 5]]
    func batch(_ maps: [Tensor]) -> Tensor {
      Tensor(maps.flatMap { $0.elements(as: Float.self) }, shape: [2, 8, 6, 7])
    }
    let operation = Self.operations[index]
    let first = try operation.evaluate([batch(maps), Self.rois(rows)], as: Float.self)[0]
    let second = try operation.evaluate(
      [batch(maps.reversed()), Self.rois(rows.reversed().map { [1 - $0[0]] + $0[1...] })], as: Float.self)[0]
    let size = first.shape.count / 3
    let (a, b) = (first.elements(as: Float.self), second.elements(as: Float.self))
    for row in 0..<3 {
      #expect(Array(a[row * size..<(row + 1) * size]) == Array(b[(2 - row) * size..<(3 - row) * size]))
    }
  }

  @Test("a pyramid pools each region as its level's map alone does")
  func pyramid() throws {
    let strides = [4, 8, 16, 32]
    let maps = strides.enumerated().map { Self.tensor([1, 3, 256 / $1, 256 / $1], seed: UInt64($0)) }
    // One region of each level, the levels' limits, and one that belongs nowhere.
    let rows: [[Float]] = [
      [0, 0, 0, 30, 30], [0, 0, 0, 111, 111], [0, 0, 0, 110, 111], [0, 0, 0, 223, 223], [0, 0, 0, 447, 447],
      [0, 5, 5, 5, 5], [0, 0, 0, 2000, 2000],
    ]
    let levels = [0, 1, 0, 2, 3, 0, 3]
    let output = try PyramidROIPooling(isDeformable: false).evaluate(
      maps + [Self.rois(rows + [[0, 30, 0, 10, 9]])], as: Float.self)[0]
    #expect(output.shape == [8, 3, 7, 7])
    let elements = output.elements(as: Float.self)
    for (row, level) in levels.enumerated() {
      let alone = try ROIPooling(pooledSize: [7, 7], spatialScale: 1 / Double(strides[level])).evaluate(
        [maps[level], Self.rois([rows[row]])], as: Float.self)[0]
      #expect(alone.elements(as: Float.self) == Array(elements[row * 147..<(row + 1) * 147]))
    }
    #expect(elements[(7 * 147)...].allSatisfy { $0 == 0 })
  }

  @Test("a deformable pyramid without learned offsets is deformable pooling at rest")
  func deformablePyramid() throws {
    let strides = [4, 8, 16, 32]
    let maps = strides.enumerated().map { Self.tensor([1, 3, 256 / $1, 256 / $1], seed: UInt64($0)) }
    let still = strides.flatMap { _ in
      [
        Tensor(Array(repeating: Float(0), count: 98 * 147), shape: [98, 147]),
        Tensor(Array(repeating: Float(0), count: 98), shape: [98]),
      ]
    }
    let rows: [[Float]] = [[0, 3, 7, 30, 35], [0, 10, 20, 150, 170], [0, -30, -30, 200, 190]]
    let output = try PyramidROIPooling(isDeformable: true, outputDim: 3).evaluate(
      maps + still + [Self.rois(rows)], as: Float.self)[0]
    for (row, level) in [0, 1, 2].enumerated() {
      let alone = try DeformablePSROIPooling(
        spatialScale: 1 / Double(strides[level]), outputDim: 3, groupSize: 1, pooledSize: 7,
        samplesPerPart: 4, hasTrans: false
      ).evaluate([maps[level], Self.rois([rows[row]])], as: Float.self)[0]
      #expect(
        alone.elements(as: Float.self)
          == Array(output.elements(as: Float.self)[row * 147..<(row + 1) * 147]))
    }
  }
}
