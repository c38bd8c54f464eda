package import Tensors

extension ROIPooling {
  package var layout: LayoutPreference { .channelsLast }

  package func layout(for inputs: [Shape?]) -> LayoutPreference { .blocks() }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    let pooled = PooledRegions(site, bins: pooledSize[0] * pooledSize[1])
    let kernels = site.kernels
    let reading = reading(of: map)
    return Step(scratch: pooled.blockScratch) { evaluation in
      let data = evaluation.input(0)
      let rois = evaluation.input(1)
      pooled.writeBlocks(evaluation) { regions, stride in
        var bins: [RegionBin] = []
        bins.reserveCapacity(regions.count * pooled.bins)
        for row in regions {
          let region = RegionOfInterest(rois.span, row: row, images: map.images)
          let target = (row - regions.lowerBound) * pooled.bins * stride
          add(region, of: map, target: target, stride: stride, to: &bins)
        }
        return bins
      } pool: { bins, channels, output in
        var reading = reading
        reading.channels = channels.count
        kernels.reduce(
          data.span.extracting(droppingFirst: min(channels.lowerBound, data.count)), bins.span, reading,
          into: &output)
      }
    }
  }

  /// How the bins of a map are read.
  func reading(of map: RegionMap) -> RegionReading {
    RegionReading(
      rowStride: map.rowStride, columnStride: map.channels, channels: map.channels, takesMaximum: true)
  }

  /// Lists a region's bins.
  ///
  /// - Parameter stride: elements from one bin of the output to the next.
  func add(
    _ region: RegionOfInterest, of map: RegionMap, target: Int, stride: Int, to bins: inout [RegionBin]
  ) {
    let scale = Float(spatialScale)
    let down = RegionAxis(
      whole: region.y1, region.y2, scale: scale, bins: pooledSize[0], rounding: rounding)
    let across = RegionAxis(
      whole: region.x1, region.x2, scale: scale, bins: pooledSize[1], rounding: rounding)
    guard let image = region.image, let down, let across else {
      for place in 0..<pooledSize[0] * pooledSize[1] {
        bins.append(.empty(target: target + place * stride))
      }
      return
    }
    let columns = (0..<pooledSize[1]).map { across.wholeBin($0, size: map.width) }
    for row in 0..<pooledSize[0] {
      let rows = down.wholeBin(row, size: map.height)
      for column in 0..<pooledSize[1] {
        bins.append(
          map.bin(
            image: image, channel: 0, rows: rows, columns: columns[column],
            target: target + (row * pooledSize[1] + column) * stride))
      }
    }
  }
}

/// Regions of one piece of work: enough that a block of channels stays in the cache for them, few enough to share.
let regionsAtOnce = 32
