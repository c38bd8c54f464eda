internal import Tensors

/// Pools regions of one map by `DeformablePSROIPooling`'s rule.
struct DeformableRegionPooler<T: Lane> {
  /// Where a part's offsets stand, in elements.
  struct TransLayout {
    /// Runs of output channels that have offsets of their own.
    let classes: Int
    let regionStride: Int
    let channelStride: Int
    let rowStride: Int
    let columnStride: Int

    /// `[R, parts, parts, channels]`.
    static func channelsLast(channels: Int, parts: Int) -> Self {
      Self(
        classes: channels / 2, regionStride: parts * parts * channels, channelStride: 1,
        rowStride: parts * channels, columnStride: channels)
    }

    /// `[R, channels, parts, parts]`.
    static func logical(channels: Int, parts: Int) -> Self {
      Self(
        classes: channels / 2, regionStride: parts * parts * channels, channelStride: parts * parts,
        rowStride: parts, columnStride: 1)
    }
  }

  private let geometry: DeformableRegionGeometry<T>
  private let kernels: any KernelSet<T>
  private let memory = Reused { SampledBins<T>() }

  init(
    _ pooling: DeformablePSROIPooling, map: RegionMap, kernels: any KernelSet<T>, trans: TransLayout?
  ) {
    geometry = DeformableRegionGeometry(pooling: pooling, map: map, trans: trans)
    self.kernels = kernels
  }

  /// Elements of a pooled region, `[P, P, outputDim]`.
  var size: Int { pooling.pooledSize * pooling.pooledSize * pooling.outputDim }
  private var pooling: DeformablePSROIPooling { geometry.pooling }
  /// Taps after which the kernel is called: what a core's first cache holds.
  private var tapLimit: Int { 1 << 10 }

  /// Pools regions one after another.
  ///
  /// - Parameters:
  ///   - regions: their rows in `rois` and in `offsets`.
  ///   - data: the map, grouped.
  ///   - offsets: trans; empty where nothing moves.
  ///   - output: `[regions, P, P, outputDim]`.
  func pool(
    _ regions: [(row: Int, trans: Int)], of rois: Span<T>, _ data: Span<T>, trans offsets: Span<T>,
    into output: inout MutableSpan<T>
  ) {
    memory.with { pool(regions, of: rois, data, trans: offsets, by: &$0, into: &output) }
  }

  private func pool(
    _ regions: [(row: Int, trans: Int)], of rois: Span<T>, _ data: Span<T>, trans offsets: Span<T>,
    by bins: inout SampledBins<T>, into output: inout MutableSpan<T>
  ) {
    for (place, region) in regions.enumerated() {
      let roi = RegionOfInterest(rois, row: region.row, images: geometry.map.images)
      let axes = geometry.axes(of: roi)
      for row in 0..<pooling.pooledSize {
        for column in 0..<pooling.pooledSize {
          let target = place * size + (row * pooling.pooledSize + column) * pooling.outputDim
          add(
            roi.image, axes, (row, column), trans: offsets, region: region.trans, target: target, to: &bins)
          if bins.taps.count >= tapLimit { flush(&bins, data, into: &output) }
        }
      }
    }
    flush(&bins, data, into: &output)
  }

  private func flush(_ bins: inout SampledBins<T>, _ data: Span<T>, into output: inout MutableSpan<T>) {
    kernels.sample(
      data, bins.taps.span, bins.bins.span, channels: geometry.channelsPerClass, into: &output)
    bins.removeAll()
  }

  /// Adds a bin of every class.
  private func add(
    _ image: Int?, _ axes: DeformableRegionGeometry<T>.Axes, _ bin: (row: Int, column: Int),
    trans offsets: Span<T>, region: Int, target: Int, to bins: inout SampledBins<T>
  ) {
    let (map, channels) = (geometry.map, geometry.channelsPerClass)
    let group = geometry.group(of: bin)
    for index in 0..<geometry.classes {
      let samples = geometry.addSamples(
        axes, bin, region: region, class: index, offsets, rowStride: map.rowStride,
        columnStride: map.channels,
        to: &bins)
      let first = map.first(
        image: image ?? 0, channel: group * pooling.outputDim + index * channels)
      bins.bins.append(
        SampledBin(
          first: first, rows: samples.rows, columns: samples.columns,
          samples: image == nil ? 0 : samples.count,
          target: target + index * channels))
    }
  }
}
