internal import Tensors

/// Pools regions where every output channel has offsets of its own: everything in logical order.
///
/// A piece of work is one output channel, whose planes stay in a core's first cache while all regions are sampled
/// on them.
struct DeformableRegionPlanes<T: Lane>: Sendable {
  private let geometry: DeformableRegionGeometry<T>
  private let regions: Int
  private let kernels: any KernelSet<T>
  private let memory = Reused<[GridBin]> { [] }

  init(_ pooling: DeformablePSROIPooling, at site: Site<T>) {
    geometry = DeformableRegionGeometry(
      pooling: pooling, map: RegionMap(site.input(0)),
      trans: .logical(channels: site.input(2).shape[1], parts: pooling.partSize))
    regions = site.input(1).shape[0]
    kernels = site.kernels
  }

  private var pooling: DeformablePSROIPooling { geometry.pooling }
  /// Bins of a region.
  private var size: Int { pooling.pooledSize * pooling.pooledSize }

  var step: Step<T> {
    Step(scratch: regions * size) { evaluation in
      let data = evaluation.input(0)
      let trans = evaluation.input(2)
      let rois = evaluation.input(1)
      let output = evaluation.output()
      let places = (0..<regions).map { row in
        let roi = RegionOfInterest(rois.span, row: row, images: geometry.map.images)
        return (image: roi.image, axes: geometry.axes(of: roi))
      }
      evaluation.threads.forEach(pooling.outputDim) { channel, worker in
        let pooled = evaluation.scratch(of: worker)
        memory.with { bins in
          pooled.withSpan { pool(channel, of: places, data.span, trans.span, by: &bins, into: &$0) }
        }
        let bins = pooled.elements
        for region in 0..<regions {
          let first = (region * pooling.outputDim + channel) * size
          output[first..<first + size].withSpan {
            $0.copy(bins.span.extracting(region * size..<(region + 1) * size), to: 0)
          }
        }
      }
    }
  }

  /// Writes one output channel `[regions, bins]`.
  private func pool(
    _ channel: Int, of places: [(image: Int?, axes: DeformableRegionGeometry<T>.Axes)], _ data: Span<T>,
    _ trans: Span<T>, by bins: inout [GridBin], into pooled: inout MutableSpan<T>
  ) {
    let map = geometry.map
    let plane = map.height * map.width
    for row in 0..<pooling.pooledSize {
      for column in 0..<pooling.pooledSize {
        // Channel k·groups + g of the map is channel k of group g.
        let source =
          channel * pooling.groupSize * pooling.groupSize + geometry.group(of: (row, column))
        bins.removeAll(keepingCapacity: true)
        for (region, place) in places.enumerated() {
          let grid = geometry.grid(place.axes, (row, column), region: region, class: channel, trans)
          bins.append(
            GridBin(
              first: place.image.map { ($0 * map.channels + source) * plane }, rows: grid.rows,
              columns: grid.columns, target: region * size + row * pooling.pooledSize + column))
        }
        kernels.sampleGrids(
          data, bins.span, plane: Extent(height: map.height, width: map.width),
          samples: pooling.samplesPerPart, into: &pooled)
      }
    }
  }
}
