package import Tensors

extension ROIAlign {
  /// With the channels of a bin next to each other they are read as vectors.
  package var layout: LayoutPreference {
    let bins = pooledSize.reduce(1, *)
    return isPositionSensitive && bins > 1 ? .grouped(bins) : .channelsLast
  }

  package func layout(for inputs: [Shape?]) -> LayoutPreference {
    guard case .channelsLast = layout else { return layout }
    return .blocks()
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    let channels = site.output().shape[1]
    let pooled = PooledRegions(site, bins: pooledSize[0] * pooledSize[1])
    let kernels = site.kernels
    for (index, input) in site.inputs.enumerated() {
      let isIndex = index == 2
      guard let type = input?.elementType, isIndex ? ![.int32, .int64].contains(type) : !type.isFloatingPoint
      else { continue }
      throw .input(
        inputs[index].name, found: "\(type.rawValue) elements",
        expected: isIndex ? "int32 or int64" : "floating-point numbers")
    }
    return Step(scratch: pooled.scratch(regions: 1)) { evaluation throws(OperatorError) in
      let data = evaluation.input(0)
      let rois =
        hasBatchIndices
        ? numbered(evaluation.input(1), images: try evaluation.integers(2)) : evaluation.input(1)
      pooled.write(evaluation, regionsAtOnce: 1) { regions, chunk in
        let region = RegionOfInterest(rois.span, row: regions.lowerBound, images: map.images)
        let down = axis(region.y1, region.y2, 0)
        let across = axis(region.x1, region.x2, 1)
        guard let image = region.image, let down, let across else {
          for index in chunk.indices { chunk[index] = 0 }
          return
        }
        let pool = AlignedRegion<T>(
          operation: self, map: map, image: image, channels: channels, down: down, across: across)
        if function == .average {
          pool.average(data.span, kernels, into: &chunk)
        } else {
          pool.maximum(data.span, into: &chunk)
        }
      }
    }
  }

  /// Regions `[R, 4]` with the numbers of their images in front.
  func numbered<T: Lane>(_ corners: Elements<T>, images: [Int]) -> Elements<T> {
    let rois = MutableElements<T>(count: 5 * images.count)
    rois.withSpan { row in
      for (index, image) in images.enumerated() {
        row[5 * index] = T(image)
        for place in 0..<4 { row[5 * index + 1 + place] = corners.span[4 * index + place] }
      }
    }
    return rois.elements
  }

  /// - Parameter place: 0 for rows, 1 for columns.
  func axis(_ from: Float, _ to: Float, _ place: Int) -> AlignedAxis? {
    AlignedAxis(
      from, to, scale: Float(spatialScale), bins: pooledSize[place], ratio: samplingRatio,
      coordinates: coordinates)
  }
}

/// How a region is cut into bins and samples along one axis, in map elements, in fp32 and the source's order
/// (mxnet contrib/roi_align.cc).
struct AlignedAxis {
  let start: Float
  let bin: Float
  /// Samples of a bin, those outside of the map too; 0 for a region that ends before it begins.
  let samples: Int

  /// Nil where a corner is NaN or so far away that samples cannot be counted: such a region is empty.
  init?(
    _ from: Float, _ to: Float, scale: Float, bins: Int, ratio: Int, coordinates: ROIAlign.Coordinates
  ) {
    let margin: Float = coordinates == .halfPixel ? 0.5 : 0
    start = from * scale - margin
    let difference = (to * scale - margin) - start
    // A region without extent is made one element wide, or left without samples.
    let length = coordinates == .corner && difference < 1 ? 1 : difference
    guard length.isFinite, start.isFinite else { return nil }
    bin = length / Float(bins)
    let adaptive = (length / Float(bins)).rounded(.up)
    guard adaptive < 0x1p30 else { return nil }
    samples = ratio > 0 ? ratio : max(0, Int(max(adaptive, -1)))
  }

  /// The samples of a bin that are on the map, moved onto it.
  func positions(_ index: Int, size: Int) -> [Float] {
    let first = start + Float(index) * bin
    let numbers = near(Double(first), size: size)
    return numbers.compactMap { number in
      let position = first + (Float(number) + 0.5) * bin / Float(samples)
      guard position >= -1, position <= Float(size) else { return nil }
      return min(max(position, 0), Float(size - 1))
    }
  }

  /// The samples that can be on the map, whatever their number: regions may reach far beyond it.
  private func near(_ first: Double, size: Int) -> Range<Int> {
    let step = Double(bin) / Double(samples)
    guard samples > 0, size > 0 else { return 0..<0 }
    guard step != 0 else { return 0..<samples }
    let ends = [(-1 - first) / step, (Double(size) - first) / step]
    // fp32 may move a position by a rounding or two of its size.
    let slack = 2 + abs(first) * 0x1p-21 / abs(step)
    func clipped(_ number: Double) -> Int { Int(min(max(number, 0), Double(samples))) }
    let low = clipped(min(ends[0], ends[1]) - slack)
    return low..<max(low, clipped(max(ends[0], ends[1]) + slack))
  }
}

/// One region of one image.
private struct AlignedRegion<T: Lane> {
  let operation: ROIAlign
  let map: RegionMap
  let image: Int
  /// Channels of the output.
  let channels: Int
  let down: AlignedAxis
  let across: AlignedAxis

  private var rows: Int { operation.pooledSize[0] }
  private var columns: Int { operation.pooledSize[1] }

  /// The map's first element of a bin's channels.
  private func first(_ bin: Int) -> Int {
    map.first(image: image, channel: operation.isPositionSensitive ? bin * channels : 0)
  }

  func average(_ data: Span<T>, _ kernels: any KernelSet<T>, into output: inout MutableSpan<T>) {
    var bins = SampledBins<T>()
    let acrossTaps = (0..<columns).map {
      bins.addTaps(across.positions($0, size: map.width), stride: map.channels)
    }
    for row in 0..<rows {
      let taps = bins.addTaps(down.positions(row, size: map.height), stride: map.rowStride)
      for column in 0..<columns {
        let bin = row * columns + column
        bins.bins.append(
          SampledBin(
            first: first(bin), rows: taps, columns: acrossTaps[column],
            samples: down.samples * across.samples, target: bin * channels))
      }
    }
    kernels.sample(data, bins.taps.span, bins.bins.span, channels: channels, into: &output)
  }

  /// The largest sample, or the largest of the four parts of any; samples beyond the map count as 0.
  func maximum(_ data: Span<T>, into output: inout MutableSpan<T>) {
    let columnNeighbours = (0..<columns).map { neighbours(across.positions($0, size: map.width), map.width) }
    for row in 0..<rows {
      let rowNeighbours = neighbours(down.positions(row, size: map.height), map.height)
      for column in 0..<columns {
        let bin = row * columns + column
        let inside = rowNeighbours.count * columnNeighbours[column].count
        for channel in 0..<channels {
          let total = down.samples * across.samples
          var largest: T = total == 0 || inside < total ? 0 : -.infinity
          for y in rowNeighbours {
            for x in columnNeighbours[column] {
              largest = max(largest, sample(data, first(bin) + channel, y, x))
            }
          }
          output[bin * channels + channel] = largest
        }
      }
    }
  }

  private typealias Neighbours = (low: Int, high: Int, share: T)

  private func neighbours(_ positions: [Float], _ size: Int) -> [Neighbours] {
    positions.map { position in
      let low = Int(position)
      return (low, min(low + 1, size - 1), T(position - Float(low)))
    }
  }

  private func sample(_ data: Span<T>, _ first: Int, _ y: Neighbours, _ x: Neighbours) -> T {
    func part(_ row: Int, _ column: Int, _ weight: T) -> T {
      weight * data[first + row * map.rowStride + column * map.channels]
    }
    let parts = (
      part(y.low, x.low, (1 - y.share) * (1 - x.share)), part(y.low, x.high, (1 - y.share) * x.share),
      part(y.high, x.low, y.share * (1 - x.share)), part(y.high, x.high, y.share * x.share)
    )
    return operation.function == .maximum
      ? parts.0 + parts.1 + parts.2 + parts.3 : max(max(parts.0, parts.1), max(parts.2, parts.3))
  }
}
