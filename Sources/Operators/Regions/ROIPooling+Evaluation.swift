package import Tensors

extension ROIPooling {
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    let size = max(1, pooledSize[0] * pooledSize[1] * map.channels)
    let kernels = site.kernels
    let reading = reading(of: map)
    return Step { evaluation in
      let data = evaluation.input(0)
      let rois = evaluation.input(1)
      evaluation.output().forEachChunk(of: regionsAtOnce * size, on: evaluation.threads) { start, chunk, _ in
        let first = start / size
        var bins: [RegionBin] = []
        for row in 0..<chunk.count / size {
          let region = RegionOfInterest(rois.span, row: first + row, images: map.images)
          add(region, of: map, target: row * size, to: &bins)
        }
        kernels.reduce(data.span, bins.span, reading, into: &chunk)
      }
    }
  }

  /// How the bins of a map are read.
  func reading(of map: RegionMap) -> RegionReading {
    RegionReading(
      rowStride: map.rowStride, columnStride: map.channels, channels: map.channels, takesMaximum: true)
  }

  /// Lists a region's bins.
  func add(_ region: RegionOfInterest, of map: RegionMap, target: Int, to bins: inout [RegionBin]) {
    let scale = Float(spatialScale)
    let down = RegionAxis(
      whole: region.y1, region.y2, scale: scale, bins: pooledSize[0], rounding: rounding)
    let across = RegionAxis(
      whole: region.x1, region.x2, scale: scale, bins: pooledSize[1], rounding: rounding)
    guard let image = region.image, let down, let across else {
      for place in 0..<pooledSize[0] * pooledSize[1] {
        bins.append(.empty(target: target + place * map.channels))
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
            target: target + (row * pooledSize[1] + column) * map.channels))
      }
    }
  }
}

/// Regions of one piece of work: enough that a block of channels stays in the cache for them, few enough to share.
let regionsAtOnce = 32
