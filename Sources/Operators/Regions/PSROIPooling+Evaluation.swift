package import Tensors

extension PSROIPooling {
  /// With all classes of a bin next to each other they are read as vectors.
  package var layout: LayoutPreference { groupSize == 1 ? .channelsLast : .grouped(groupSize * groupSize) }

  package func layout(for inputs: [Shape?]) -> LayoutPreference {
    .blocks(groups: groupSize * groupSize, takesPlanes: groupSize > 1)
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    if site.input(0).layout == .logical && groupSize > 1 {
      return PositionSensitivePlanes(self, at: site).step
    }
    let pooled = PooledRegions(site, bins: pooledSize * pooledSize)
    let kernels = site.kernels
    let reading = RegionReading(
      rowStride: map.rowStride, columnStride: map.channels, channels: outputDim, takesMaximum: false)
    return Step(scratch: pooled.scratch(regions: regionsAtOnce)) { evaluation in
      let data = evaluation.input(0)
      let rois = evaluation.input(1)
      pooled.write(evaluation, regionsAtOnce: regionsAtOnce) { regions, output in
        var bins: [RegionBin] = []
        bins.reserveCapacity(regions.count * pooled.bins)
        for row in regions {
          let region = RegionOfInterest(rois.span, row: row, images: map.images)
          add(region, of: map, target: (row - regions.lowerBound) * pooled.size, to: &bins)
        }
        kernels.reduce(data.span, bins.span, reading, into: &output)
      }
    }
  }

  /// How a region is cut into bins along rows and columns.
  func axes(of region: RegionOfInterest) -> (down: RegionAxis, across: RegionAxis) {
    func axis(_ from: Float, _ to: Float) -> RegionAxis {
      RegionAxis(scaled: from, to, scale: Float(spatialScale), bins: pooledSize, rounding: rounding)
    }
    return (axis(region.y1, region.y2), axis(region.x1, region.x2))
  }

  /// Lists a region's bins.
  private func add(_ region: RegionOfInterest, of map: RegionMap, target: Int, to bins: inout [RegionBin]) {
    let (down, across) = axes(of: region)
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
