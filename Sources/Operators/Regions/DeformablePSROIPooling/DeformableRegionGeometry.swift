internal import Tensors

/// Where the bins of `DeformablePSROIPooling`'s regions stand on a map.
struct DeformableRegionGeometry<T: Lane>: Sendable {
  /// A region's axes, x and y.
  struct Axes {
    let x: RegionAxis
    let y: RegionAxis
  }

  /// What the samples of a bin take of rows and columns.
  typealias Samples = (rows: Range<Int>, columns: Range<Int>, count: Int)

  let pooling: DeformablePSROIPooling
  let map: RegionMap
  /// Nil where nothing moves.
  let trans: DeformableRegionPooler<T>.TransLayout?

  /// Runs of output channels whose bins move together.
  var classes: Int { trans?.classes ?? 1 }
  var channelsPerClass: Int { pooling.outputDim / classes }

  func axes(of roi: RegionOfInterest) -> Axes {
    Axes(x: axis(roi.x1, roi.x2), y: axis(roi.y1, roi.y2))
  }

  private func axis(_ from: Float, _ to: Float) -> RegionAxis {
    RegionAxis(
      scaled: from, to, scale: Float(pooling.spatialScale), margin: 0.5, bins: pooling.pooledSize,
      rounding: pooling.rounding)
  }

  /// The group of channels that a bin reads.
  func group(of bin: (row: Int, column: Int)) -> Int {
    positionGroup(bin.row, bins: pooling.pooledSize, groups: pooling.groupSize) * pooling.groupSize
      + positionGroup(bin.column, bins: pooling.pooledSize, groups: pooling.groupSize)
  }

  /// Adds the samples of a bin of one class.
  ///
  /// - Parameters:
  ///   - region: its row in `offsets`, which are trans.
  ///   - rowStride: what the taps count from one row of the map to the next, and `columnStride` from one place to
  ///     the next.
  func addSamples(
    _ axes: Axes, _ bin: (row: Int, column: Int), region: Int, class index: Int, _ offsets: Span<T>,
    rowStride: Int, columnStride: Int, to bins: inout SampledBins<T>
  ) -> Samples {
    let grid = grid(axes, bin, region: region, class: index, offsets)
    let rows = bins.addSamples(
      from: grid.rows.begin, step: grid.rows.step, count: pooling.samplesPerPart, size: map.height,
      stride: rowStride)
    let columns = bins.addSamples(
      from: grid.columns.begin, step: grid.columns.step, count: pooling.samplesPerPart, size: map.width,
      stride: columnStride)
    return (rows.taps, columns.taps, rows.samples * columns.samples)
  }

  /// Where the samples of a bin of one class stand.
  func grid(
    _ axes: Axes, _ bin: (row: Int, column: Int), region: Int, class index: Int, _ offsets: Span<T>
  ) -> (rows: GridBin.Axis, columns: GridBin.Axis) {
    let shift = shift(bin, region: region, class: index, offsets)
    let samples = Float(pooling.samplesPerPart)
    return (
      (Float(bin.row) * axes.y.bin + axes.y.start + shift.y * axes.y.length, axes.y.bin / samples),
      (Float(bin.column) * axes.x.bin + axes.x.start + shift.x * axes.x.length, axes.x.bin / samples)
    )
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
