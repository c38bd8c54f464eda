import Tensors
import Testing

@Suite("Histograms of values")
struct ValueHistogramTests {
  private func counted(_ values: [Float], bins: Int) -> ValueHistogram? {
    let tensor = Tensor(values, shape: [values.count])
    return ValueHistogram(tensor, TensorStatistics(tensor), bins: bins)
  }

  @Test("every finite element is counted once, the largest too")
  func counts() throws {
    let histogram = try #require(counted([0, 1, 2, 3, 4, .nan, .infinity, 4], bins: 4))
    #expect(histogram.counts == [1, 1, 1, 3])
    #expect(histogram.low == 0)
    #expect(histogram.high == 4)
  }

  @Test("an outlier does not press the others into one bar")
  func outlier() throws {
    let values = (0..<1_000).map { Float($0 % 10) } + [1e6]
    let histogram = try #require(counted(values, bins: 32))
    #expect(histogram.high < 1e6)
    #expect(histogram.counts.reduce(0, +) == 1_001)
    #expect(histogram.counts.last == 1)
  }

  @Test("elements past the first stretch are counted too")
  func stretches() throws {
    let values = (0..<200_000).map { Float($0 % 4) }
    #expect(try #require(counted(values, bins: 4)).counts == [50_000, 50_000, 50_000, 50_000])
  }

  @Test("equal elements, none, and ranges that no double divides have no histogram")
  func none() {
    #expect(counted([2, 2, 2], bins: 8) == nil)
    #expect(counted([.nan], bins: 8) == nil)
    #expect(counted([], bins: 8) == nil)
    let tiny = Tensor([0, .leastNonzeroMagnitude] as [Double], shape: [2])
    #expect(ValueHistogram(tiny, TensorStatistics(tiny), bins: 8) == nil)
    let huge = Tensor([-1.7e308, 1.7e308] as [Double], shape: [2])
    #expect(ValueHistogram(huge, TensorStatistics(huge), bins: 8) == nil)
  }
}
