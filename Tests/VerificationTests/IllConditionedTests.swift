import Operators
import Tensors
import Testing
import Verification

@Suite("Elements on a discontinuity")
struct IllConditionedTests {
  /// One sample a position, at `offset` below the place itself.
  private func layer(offset: Float) -> PlantedLayer {
    let operation = DeformableConvolution(
      geometry: PlantedLayers.geometry(1), filters: 1, hasBias: false, hasMask: false, border: .closed)
    let data = Tensor((0..<64).map { Float($0 + 1) }, shape: [1, 1, 8, 8])
    let offsets = Tensor(
      [Float](repeating: offset, count: 64) + [Float](repeating: 0, count: 64), shape: [1, 2, 8, 8])
    return PlantedLayer(
      name: "sample", operation: operation, inputs: [data, offsets, Tensor([Float(1)], shape: [1, 1, 1, 1])])
  }

  @Test("a sample that fp32 rounds over the closed border may count or not")
  func border() throws {
    // 7 + 0.99999994 is 8 in fp32, outside of a map of 8 rows; in fp64 it is inside.
    let layer = layer(offset: Float(1).nextDown)
    var recorded = try layer.honest().converted(to: Float.self)
    #expect(recorded[56] == 0)
    recorded[56] = 57
    let report = try layer.judged(Tensor(recorded, shape: [1, 1, 8, 8]))
    #expect(report.verdict == .illConditioned)
    #expect(report.statistics.counts[.illConditioned] == 1)
    recorded[57] = 57
    #expect(try layer.judged(Tensor(recorded, shape: [1, 1, 8, 8])).verdict == .mismatch)
  }

  @Test("a position that is exact is in no doubt: there rules differ, not roundings")
  func exact() throws {
    let layer = layer(offset: 1)
    var recorded = try layer.honest().converted(to: Float.self)
    recorded[56] = 57
    #expect(try layer.judged(Tensor(recorded, shape: [1, 1, 8, 8])).verdict == .mismatch)
  }

  @Test("a bin's edge that fp32 rounds over a whole number may be either")
  func bins() throws {
    // The first bin that exact arithmetic ends at a whole number and fp32 a little behind it.
    var found: (bins: Int, start: Int, length: Int, index: Int)?
    search: for bins in 3...64 {
      for length in 2...64 {
        for start in 0...2 {
          for behind in 1...bins where behind * length % bins == 0 {
            let edge = Float(behind) * (Float(length) / Float(bins)) + Float(start)
            guard edge > Float(start + behind * length / bins) else { continue }
            found = (bins, start, length, behind - 1)
            break search
          }
        }
      }
    }
    let (bins, start, length, index) = try #require(found)
    let size = start + length + 2
    let data = Tensor((0..<size * size).map { Float($0 % size * ($0 % size)) }, shape: [1, 1, size, size])
    let layer = PlantedLayer(
      name: "bins", operation: PSROIPooling(spatialScale: 1, outputDim: 1, pooledSize: bins, groupSize: 1),
      inputs: [
        data,
        Tensor(
          [0, Float(start), Float(start), Float(start + length - 1), Float(start + length - 1)],
          shape: [1, 5]),
      ])
    var recorded = try layer.honest().converted(to: Float.self)
    let columns = start + index * length / bins..<start + (index + 1) * length / bins
    let mean = Float(columns.map { $0 * $0 }.reduce(0, +)) / Float(columns.count)
    #expect(recorded[index] != mean)
    recorded[index] = mean
    #expect(try layer.judged(Tensor(recorded, shape: [1, 1, bins, bins])).verdict == .illConditioned)
    recorded[index] += 1
    #expect(try layer.judged(Tensor(recorded, shape: [1, 1, bins, bins])).verdict.isFailure)
  }

  @Test("a corner that fp32 rounds onto a half may be rounded either way, an exact half may not")
  func corners() throws {
    func layer(scale: Double, corner: Float) -> PlantedLayer {
      PlantedLayer(
        name: "corner", operation: ROIPooling(pooledSize: [1, 1], spatialScale: scale),
        inputs: [
          Tensor((0..<8).map { Float(8 - $0) }, shape: [1, 1, 1, 8]),
          Tensor([0, corner, 0, 6 / Float(scale), 0], shape: [1, 5]),
        ])
    }
    // 5 times fp32's 0.1 is a little above 0.5, and rounds to it: round gives 1, below it would give 0.
    let doubtful = layer(scale: Double(Float(0.1)), corner: 5)
    #expect(try doubtful.honest().converted(to: Float.self) == [7])
    #expect(try doubtful.judged(Tensor([Float(8)], shape: [1, 1, 1, 1])).verdict == .illConditioned)
    let clear = layer(scale: 0.125, corner: 4)
    #expect(try clear.honest().converted(to: Float.self) == [7])
    #expect(try clear.judged(Tensor([Float(8)], shape: [1, 1, 1, 1])).verdict == .mismatch)
  }

  @Test("a sample that fp32 rounds onto the rim of a deformable bin may count or not")
  func rim() throws {
    let map = Tensor((0..<64).map { Float($0 % 8) }, shape: [1, 1, 8, 8])
    func layer(trans: Float) -> PlantedLayer {
      PlantedLayer(
        name: "rim",
        operation: DeformablePSROIPooling(
          spatialScale: 1, outputDim: 1, groupSize: 1, pooledSize: 1, samplesPerPart: 2, transStd: 1,
          hasTrans: true),
        inputs: [
          map, Tensor([0, 0, 0, 7, 7] as [Float], shape: [1, 5]), Tensor([trans, 0], shape: [1, 2, 1, 1]),
        ])
    }
    // Columns of samples at −0.5 and 3.5; moved by −8e-9 the first is outside, unless fp32 rounds that off.
    let doubtful = layer(trans: -1e-9)
    #expect(try doubtful.honest().converted(to: Float.self) == [1.75])
    #expect(try doubtful.judged(Tensor([Float(3.5)], shape: [1, 1, 1, 1])).verdict == .illConditioned)
    #expect(try layer(trans: 0).judged(Tensor([Float(3.5)], shape: [1, 1, 1, 1])).verdict == .mismatch)
  }

  @Test("so may one of a pyramid's region, which a layer's offsets move")
  func pyramid() throws {
    func layer(offset: Float) -> PlantedLayer {
      let maps = [8, 4, 2, 1].map { size in
        Tensor((0..<size * size).map { Float($0 % size) }, shape: [1, 1, size, size])
      }
      let offsets = maps.flatMap { _ in
        [Tensor([0, 0] as [Float], shape: [2, 1]), Tensor([offset, offset], shape: [2])]
      }
      return PlantedLayer(
        name: "pyramid",
        operation: PyramidROIPooling(pooledSize: [1, 1], isDeformable: true, outputDim: 1),
        inputs: maps + offsets + [Tensor([0, 0, 0, 31, 31] as [Float], shape: [1, 5])])
    }
    // Columns of samples at −0.5, 1.5, 3.5 and 5.5, moved by a tenth of 8 times the offset.
    let doubtful = layer(offset: -1e-8)
    #expect(try doubtful.honest().converted(to: Float.self) == [2.625])
    #expect(try doubtful.judged(Tensor([Float(3.5)], shape: [1, 1, 1, 1])).verdict == .illConditioned)
    #expect(try doubtful.judged(Tensor([Float(3.4)], shape: [1, 1, 1, 1])).verdict == .mismatch)
    #expect(try layer(offset: 0).judged(Tensor([Float(3.5)], shape: [1, 1, 1, 1])).verdict == .mismatch)
  }
}
