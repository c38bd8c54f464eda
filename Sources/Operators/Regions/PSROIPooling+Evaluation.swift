package import Tensors

extension PSROIPooling {
  /// With all classes of a bin next to each other they are read as vectors.
  package var layout: LayoutPreference { groupSize == 1 ? .channelsLast : .grouped(groupSize * groupSize) }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    let size = pooledSize * pooledSize * outputDim
    let kernels = site.kernels
    let reading = RegionReading(
      rowStride: map.rowStride, columnStride: map.channels, channels: outputDim, takesMaximum: false)
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

  /// Lists a region's bins.
  private func add(_ region: RegionOfInterest, of map: RegionMap, target: Int, to bins: inout [RegionBin]) {
    let scale = Float(spatialScale)
    let down = RegionAxis(scaled: region.y1, region.y2, scale: scale, bins: pooledSize, rounding: rounding)
    let across = RegionAxis(scaled: region.x1, region.x2, scale: scale, bins: pooledSize, rounding: rounding)
    let columns = (0..<pooledSize).map { across.scaledBin($0, size: map.width) }
    for row in 0..<pooledSize {
      let rows = down.scaledBin(row, size: map.height)
      let groupRow = positionGroup(row, bins: pooledSize, groups: groupSize)
      for column in 0..<pooledSize {
        let target = target + (row * pooledSize + column) * outputDim
        guard let image = region.image else {
          bins.append(.empty(target: target))
          continue
        }
        let group = groupRow * groupSize + positionGroup(column, bins: pooledSize, groups: groupSize)
        bins.append(
          map.bin(
            image: image, channel: group * outputDim, rows: rows, columns: columns[column], target: target))
      }
    }
  }
}
