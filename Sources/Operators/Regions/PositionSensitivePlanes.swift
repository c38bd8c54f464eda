internal import Tensors

/// Position-sensitive pooling of a map in logical order.
///
/// A piece of work is one group of one image: its planes, one for each channel of the output, are transposed into a
/// core's second cache, and from there all regions' bins of that group are pooled as vectors. The map is read once
/// and never written in another order.
struct PositionSensitivePlanes<T: Lane>: Sendable {
  private let pooling: PSROIPooling
  /// One group of an image, channels-last.
  private let group: RegionMap
  private let images: Int
  private let pooled: PooledRegions<T>
  private let regions: Int
  private let groupBins: [[(row: Int, column: Int)]]
  private let kernels: any KernelSet<T>

  init(_ pooling: PSROIPooling, at site: Site<T>) {
    self.pooling = pooling
    let map = RegionMap(site.input(0))
    images = map.images
    group = RegionMap(images: 1, height: map.height, width: map.width, channels: pooling.outputDim)
    pooled = PooledRegions(site, bins: pooling.pooledSize * pooling.pooledSize)
    regions = site.output().shape[0]
    groupBins = binsOfGroups(pooledSize: pooling.pooledSize, groupSize: pooling.groupSize)
    kernels = site.kernels
  }

  private var places: Int { group.height * group.width }
  private var most: Int { groupBins.map(\.count).max() ?? 0 }
  /// A group's planes, and what is pooled of them; later a region.
  private var scratch: Int { max((places + regions * most) * pooling.outputDim, pooled.size) }

  var step: Step<T> {
    Step(scratch: scratch) { evaluation in
      let data = evaluation.input(0)
      let rois = evaluation.input(1)
      let output = evaluation.output()
      let count = groupBins.count
      evaluation.threads.forEach(max(1, images) * count) { piece, worker in
        pool(
          piece / count, group: piece % count, data, rois.span, into: output, evaluation.scratch(of: worker))
      }
      pooled.turn(evaluation)
    }
  }

  /// Writes the bins of one group of an image's regions; with the first image also those of no image.
  private func pool(
    _ image: Int, group index: Int, _ data: Elements<T>, _ rois: Span<T>, into output: MutableElements<T>,
    _ scratch: MutableElements<T>
  ) {
    let channels = pooling.outputDim
    let planes = scratch[0..<places * channels]
    if planes.count > 0 && image < images {
      let size = groupBins.count * planes.count
      planes.withSpan {
        kernels.transpose(
          data.span.extracting(image * size..<(image + 1) * size),
          Transposition(rows: channels, columns: index * places..<(index + 1) * places), into: &$0)
      }
    }
    var bins: [RegionBin] = []
    var targets: [Int] = []
    bins.reserveCapacity(regions * most)
    targets.reserveCapacity(regions * most)
    for row in 0..<regions {
      let region = RegionOfInterest(rois, row: row, images: images)
      guard (region.image ?? 0) == image else { continue }
      let axes = pooling.axes(of: region)
      for bin in groupBins[index] {
        let target = bins.count * channels
        targets.append(((row * pooling.pooledSize + bin.row) * pooling.pooledSize + bin.column) * channels)
        bins.append(
          region.image == nil
            ? .empty(target: target)
            : group.bin(
              image: 0, channel: 0, rows: axes.down.scaledBin(bin.row, size: group.height),
              columns: axes.across.scaledBin(bin.column, size: group.width), target: target))
      }
    }
    let results = scratch[planes.count..<planes.count + bins.count * channels]
    results.withSpan {
      kernels.reduce(
        planes.elements.span, bins.span,
        RegionReading(
          rowStride: group.rowStride, columnStride: channels, channels: channels, takesMaximum: false),
        into: &$0)
    }
    for (place, target) in targets.enumerated() {
      output[target..<target + channels].withSpan {
        $0.copy(results.elements.span.extracting(place * channels..<(place + 1) * channels), to: 0)
      }
    }
  }
}

/// The bins of each group of channels, row by row.
func binsOfGroups(pooledSize: Int, groupSize: Int) -> [[(row: Int, column: Int)]] {
  var bins: [[(row: Int, column: Int)]] = Array(repeating: [], count: groupSize * groupSize)
  for row in 0..<pooledSize {
    for column in 0..<pooledSize {
      let group =
        positionGroup(row, bins: pooledSize, groups: groupSize) * groupSize
        + positionGroup(column, bins: pooledSize, groups: groupSize)
      bins[group].append((row, column))
    }
  }
  return bins
}
