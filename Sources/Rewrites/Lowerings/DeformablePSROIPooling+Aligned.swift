internal import Operators
internal import Tensors

/// Bins of one group of channels through `RoiAlign`, which holds no samples in memory: for the maps of a pyramid, of
/// many regions and channels.
///
/// RoiAlign samples in the middle of a bin's parts, half a step behind where this pooling does: each bin is a region
/// of its own, moved by half a step. Bins with samples that do not count are pooled by `GridSample` instead. Both
/// round positions once or twice more than the source.
extension DeformablePSROIPooling {
  /// - Parameters:
  ///   - rois: `[R, 5]`, one of them with samples that do not count.
  ///   - trans: `[R, 2, P, P]`; nil where nothing moves.
  /// - Returns: `[R, C, P, P]`.
  func alignedMeans(
    _ data: Wire, _ rois: Wire, trans: Wire?, _ c: inout ONNXComposer
  ) -> Wire {
    let moves = trans.map { self.moves($0, classes: 1, &c) }
    let down = samples(data, rois, axis: 0, moves: moves, classes: 1, &c)
    let across = samples(data, rois, axis: 1, moves: moves, classes: 1, &c)
    let bins = BinShapes(pooledSize: pooledSize, samples: samplesPerPart, regions: c.size(rois, 0), &c)
    let aligned = self.aligned(data, down, across, bins, &c)
    let counts = c.reshape(
      bins.ordered(
        c.multiply(c.sum(down.counted, along: [0]), c.sum(across.counted, along: [0])), &c), [-1])
    let whole = c.float(Double(samplesPerPart * samplesPerPart))
    let partial = c.node("NonZero", [c.isLess(counts, whole)])
    let places = c.squeeze(partial, [0])
    let sampled = self.sampled(data, down, across, bins, at: places, counts: c.gather(counts, places, 0), &c)
    let means = c.node("ScatterND", [aligned, c.transpose(partial, [1, 0]), sampled])
    let grid = c.reshape(means, to: c.join([c.integers([-1, pooledSize, pooledSize]), c.size(means, 1)], 0))
    return c.transpose(grid, [0, 3, 1, 2])
  }

  /// The shapes of what is known of each bin.
  private struct BinShapes {
    /// `[P, P, R]` and `[S, P, P, R]`.
    private let bins: Wire
    private let samples: Wire

    init(pooledSize: Int, samples: Int, regions: Wire, _ c: inout ONNXComposer) {
      bins = c.join([c.integers([pooledSize, pooledSize]), regions], 0)
      self.samples = c.join([c.integers([samples, pooledSize, pooledSize]), regions], 0)
    }

    /// A number of each bin as `[R, P, P]`.
    func ordered(_ a: Wire, _ c: inout ONNXComposer) -> Wire {
      c.transpose(c.node("Expand", [a, bins]), [2, 0, 1])
    }

    /// A number of each sample as `[R·P·P, S]`.
    func rows(_ a: Wire, count: Int, _ c: inout ONNXComposer) -> Wire {
      c.reshape(c.transpose(c.node("Expand", [a, samples]), [3, 1, 2, 0]), [-1, count])
    }
  }

  /// All bins by RoiAlign, `[R·P·P, C]`.
  private func aligned(
    _ data: Wire, _ down: AxisSamples, _ across: AxisSamples, _ bins: BinShapes, _ c: inout ONNXComposer
  ) -> Wire {
    // Half a step back, and half an element on, which RoiAlign takes off again.
    func edges(_ axis: AxisSamples) -> [Wire] {
      let step = c.multiply(axis.step, c.float(0.5))
      let first = c.add(c.subtract(axis.begin, step), c.float(0.5))
      let last = c.add(first, c.multiply(axis.step, c.float(Double(samplesPerPart))))
      return [first, last].map { c.reshape(bins.ordered($0, &c), [-1, 1]) }
    }
    let (y, x) = (edges(down), edges(across))
    let regions = c.join([x[0], y[0], x[1], y[1]], 1)
    let images = c.node("Expand", [c.integers([0]), c.size(regions, 0)])
    let pooled = c.node(
      "RoiAlign", [data, regions, images],
      [
        "mode": .text("avg"), "output_height": .integer(1), "output_width": .integer(1),
        "sampling_ratio": .integer(samplesPerPart), "spatial_scale": .float(1),
        "coordinate_transformation_mode": .text("half_pixel"),
      ])
    return c.squeeze(pooled, [2, 3])
  }

  /// Some bins by GridSample, `[bins, C]`.
  private func sampled(
    _ data: Wire, _ down: AxisSamples, _ across: AxisSamples, _ bins: BinShapes, at places: Wire,
    counts: Wire, _ c: inout ONNXComposer
  ) -> Wire {
    // [bins, S, 1] down, [bins, 1, S] across.
    func chosen(_ a: Wire, _ axis: Int) -> Wire {
      c.unsqueeze(c.gather(bins.rows(a, count: samplesPerPart, &c), places, 0), [axis])
    }
    func normalized(_ samples: AxisSamples, _ axis: Int) -> Wire {
      let position = chosen(samples.position, axis)
      let span = c.maximum(samples.last, c.float(1))
      let share = c.subtract(c.divide(c.multiply(position, c.float(2)), span), c.float(1))
      // The map is flat from its last element on, but not before it: a sample there stays, however a runtime divides.
      return c.choose(c.isGreaterOrEqual(position, span), c.float(1), share)
    }
    let shape = c.join([c.size(places, 0), c.integers([samplesPerPart, samplesPerPart])], 0)
    func spread(_ a: Wire) -> Wire { c.unsqueeze(c.node("Expand", [a, shape]), [3]) }
    let pairs = c.join([spread(normalized(across, 1)), spread(normalized(down, 2))], 3)
    let grid = c.unsqueeze(c.reshape(pairs, [0, -1, 2]), [0])
    let values = c.node(
      "GridSample", [data, grid],
      ["mode": .text("bilinear"), "padding_mode": .text("border"), "align_corners": .integer(1)])
    let kept = c.multiply(chosen(down.counted, 2), chosen(across.counted, 1))
    let sums = c.sum(c.multiply(values, c.reshape(kept, [0, -1])), along: [3])
    return c.transpose(c.squeeze(c.divide(sums, c.maximum(counts, c.float(1))), [0]), [1, 0])
  }
}
