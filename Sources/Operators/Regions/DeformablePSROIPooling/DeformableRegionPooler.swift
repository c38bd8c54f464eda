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

  /// A region's axes, x and y.
  private struct Axes {
    let x: RegionAxis
    let y: RegionAxis
  }

  private let pooling: DeformablePSROIPooling
  private let map: RegionMap
  private let kernels: any KernelSet<T>
  /// Nil where nothing moves.
  private let trans: TransLayout?

  init(
    _ pooling: DeformablePSROIPooling, map: RegionMap, kernels: any KernelSet<T>, trans: TransLayout?
  ) {
    self.pooling = pooling
    self.map = map
    self.kernels = kernels
    self.trans = trans
  }

  /// Elements of a pooled region, `[P, P, outputDim]`.
  var size: Int { pooling.pooledSize * pooling.pooledSize * pooling.outputDim }
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
    var bins = SampledBins<T>()
    for (place, region) in regions.enumerated() {
      let roi = RegionOfInterest(rois, row: region.row, images: map.images)
      let axes = Axes(x: axis(roi.x1, roi.x2), y: axis(roi.y1, roi.y2))
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
      data, bins.taps.span, bins.bins.span, channels: pooling.outputDim / (trans?.classes ?? 1), into: &output
    )
    bins.removeAll()
  }

  private func axis(_ from: Float, _ to: Float) -> RegionAxis {
    RegionAxis(
      scaled: from, to, scale: Float(pooling.spatialScale), margin: 0.5, bins: pooling.pooledSize,
      rounding: pooling.rounding)
  }

  /// Adds a bin of every class.
  private func add(
    _ image: Int?, _ axes: Axes, _ bin: (row: Int, column: Int), trans offsets: Span<T>, region: Int,
    target: Int, to bins: inout SampledBins<T>
  ) {
    let classes = trans?.classes ?? 1
    let channels = pooling.outputDim / classes
    let group =
      positionGroup(bin.row, bins: pooling.pooledSize, groups: pooling.groupSize) * pooling.groupSize
      + positionGroup(bin.column, bins: pooling.pooledSize, groups: pooling.groupSize)
    for index in 0..<classes {
      let shift = shift(bin, region: region, class: index, offsets)
      let rows = addSamples(axes.y, bin.row, shift.y, size: map.height, stride: map.rowStride, to: &bins)
      let columns = addSamples(axes.x, bin.column, shift.x, size: map.width, stride: map.channels, to: &bins)
      let first = map.first(
        image: image ?? 0, channel: group * pooling.outputDim + index * channels)
      bins.bins.append(
        SampledBin(
          first: first, rows: rows.taps, columns: columns.taps,
          samples: image == nil ? 0 : rows.samples * columns.samples, target: target + index * channels))
    }
  }

  private func addSamples(
    _ axis: RegionAxis, _ bin: Int, _ shift: Float, size: Int, stride: Int, to bins: inout SampledBins<T>
  ) -> (taps: Range<Int>, samples: Int) {
    let begin = Float(bin) * axis.bin + axis.start + shift * axis.length
    return bins.addSamples(
      from: begin, step: axis.bin / Float(pooling.samplesPerPart), count: pooling.samplesPerPart, size: size,
      stride: stride)
  }

  /// How far a part's bins move, in regions.
  private func shift(
    _ bin: (row: Int, column: Int), region: Int, class index: Int, _ offsets: Span<T>
  ) -> (x: Float, y: Float) {
    guard let trans else { return (0, 0) }
    let place =
      region * trans.regionStride + pooling.part(of: bin.row) * trans.rowStride + pooling.part(of: bin.column)
      * trans.columnStride
      + 2 * index * trans.channelStride
    let first = offsets[place].asFloat * Float(pooling.transStd)
    let second = offsets[place + trans.channelStride].asFloat * Float(pooling.transStd)
    return pooling.transOrder == .xy ? (first, second) : (second, first)
  }
}
