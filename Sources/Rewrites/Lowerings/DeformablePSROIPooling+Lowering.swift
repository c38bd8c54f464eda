package import Operators
internal import Tensors

/// Into products where all channels of a bin share their samples, into `Gather` where classes move apart.
///
/// Samples stand on a grid of rows and columns, so that the sum over a bin is the product of the sums of its rows'
/// and columns' bilinear weights with the map. Where offsets differ from class to class that product would be
/// one for each channel, and the four neighbours of each sample are read instead. Both take the source's positions
/// to the bit (`GridSample` would normalise them). All regions are of the one image.
extension DeformablePSROIPooling: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    try node.requireOneImage(0)
    let classes = hasTrans ? try node.dimension(1, of: 2) / 2 : 1
    let moves = hasTrans ? self.moves(node.input(2), classes: classes, &c) : nil
    let (data, rois) = (node.input(0), node.input(1))
    let down = samples(data, rois, axis: 0, moves: moves, classes: classes, &c)
    let across = samples(data, rois, axis: 1, moves: moves, classes: classes, &c)
    guard classes == 1 else { return [gathered(node, down, across, &c)] }
    return [
      c.binMeans(
        node.input(0), rows: weights(down, &c), columns: weights(across, &c),
        counts: c.multiply(c.sum(down.counted, along: [0]), c.sum(across.counted, along: [0])),
        channels: outputDim, bins: pooledSize, groups: groupSize)
    ]
  }

  // MARK: Positions

  /// Samples along one axis: fp32 `[S, …, R]` with the bins' rows and columns between, of which one may be 1; where
  /// classes move apart `[S, outputDim, P, P, R]`.
  struct AxisSamples {
    /// The first one of each bin, `[…, R]`, and from one to the next, `[R]`.
    let begin: Wire
    let step: Wire
    /// On the map; 0 where a sample does not count.
    let position: Wire
    let counts: Wire
    /// 1 where a sample counts, else 0.
    let counted: Wire
    /// The map's elements, int64 `[1]`, and the place of the last one, fp32.
    let size: Wire
    let last: Wire
  }

  /// Trans times γ for each bin, `[R, classes, 2, P, P]`.
  func moves(_ trans: Wire, classes: Int, _ c: inout ONNXComposer) -> Wire {
    var parts = c.reshape(trans, [0, classes, 2, partSize, partSize])
    if partSize != pooledSize {
      let places = c.integers(
        (0..<pooledSize).map {
          min(Int(Float($0) / Float(pooledSize) * Float(partSize)), partSize - 1)
        })
      parts = c.gather(c.gather(parts, places, 3), places, 4)
    }
    return c.multiply(parts, c.float(Double(Float(transStd))))
  }

  /// How far bins move along one axis, `[P, P, R]` or `[outputDim, P, P, R]`.
  ///
  /// The product stands before the transposition, so that no runtime contracts it with an addition.
  private func shift(
    _ moves: Wire, axis: Int, length: Wire, classes: Int, _ c: inout ONNXComposer
  ) -> Wire {
    let own = c.pick(moves, (axis == 0) == (transOrder == .xy) ? 1 : 0, 2)
    let shift = c.transpose(c.multiply(own, c.reshape(length, [-1, 1, 1, 1])), [1, 2, 3, 0])
    guard classes > 1 else { return c.squeeze(shift, [0]) }
    guard classes != outputDim else { return shift }
    return c.gather(shift, c.integers((0..<outputDim).map { $0 / (outputDim / classes) }), 0)
  }

  /// - Parameters:
  ///   - axis: 0 down, 1 across.
  ///   - moves: as above; nil where nothing moves.
  func samples(
    _ data: Wire, _ rois: Wire, axis: Int, moves: Wire?, classes: Int, _ c: inout ONNXComposer
  ) -> AxisSamples {
    let regions = RegionAxes(
      rois, from: 2 - axis, scale: spatialScale, margin: 0.5, bins: pooledSize, rounding: rounding, &c)
    let bins = c.multiples(0..<pooledSize, of: regions.bin)
    var begin = c.add(c.unsqueeze(bins, [1 - axis]), regions.start)
    if let moves {
      begin = c.add(begin, shift(moves, axis: axis, length: regions.length, classes: classes, &c))
    }
    let step = c.quotient(regions.bin, samplesPerPart)
    let steps = c.multiples(0..<samplesPerPart, of: step)
    let position = c.add(begin, c.unsqueeze(steps, classes > 1 ? [1, 2, 3] : [1, 2]))
    let last = c.subtract(c.floatSize(data, 2 + axis), c.float(1))
    let counts = c.and(
      c.isGreaterOrEqual(position, c.float(-0.5)), c.isLessOrEqual(position, c.add(last, c.float(0.5))))
    let onMap = c.minimum(c.maximum(position, c.float(0)), last)
    return AxisSamples(
      begin: begin, step: step, position: c.choose(counts, onMap, c.float(0)), counts: counts,
      counted: c.cast(counts, to: .float32), size: c.size(data, 2 + axis), last: last)
  }

  // MARK: Products

  /// What a bin's samples give each row or column, `[P or 1, P or 1, size, R]`: the sum of max(0, 1 − |position − place|),
  /// which is a bilinear weight to the bit.
  private func weights(_ samples: AxisSamples, _ c: inout ONNXComposer) -> Wire {
    let places = c.unsqueeze(c.cast(c.range(samples.size), to: .float32), [1])
    let distance = c.absolute(c.subtract(c.unsqueeze(samples.position, [3]), places))
    let hat = c.maximum(c.subtract(c.float(1), distance), c.float(0))
    return c.sum(c.multiply(hat, c.unsqueeze(samples.counted, [3])), along: [0])
  }

  // MARK: Neighbours

  /// The two elements that a sample lies between, int32, with their weights.
  private struct Neighbours {
    var places: [Wire]
    let weights: [Wire]
  }

  private func neighbours(_ samples: AxisSamples, axis: Int, _ c: inout ONNXComposer) -> Neighbours {
    let first = c.floor(samples.position)
    let second = c.minimum(c.add(first, c.float(1)), samples.last)
    let share = c.subtract(samples.position, first)
    let weights = [
      c.multiply(c.subtract(c.float(1), share), samples.counted), c.multiply(share, samples.counted),
    ]
    // [S, 1, …] down, [1, S, …] across.
    return Neighbours(
      places: [first, second].map { c.unsqueeze(c.cast($0, to: .int32), [axis]) },
      weights: weights.map { c.unsqueeze($0, [axis]) })
  }

  /// Each channel's own samples, read one by one.
  private func gathered(
    _ node: LoweredNode, _ down: AxisSamples, _ across: AxisSamples, _ c: inout ONNXComposer
  ) -> Wire {
    let map = c.reshape(node.input(0), [-1])
    let width = c.cast(across.size, to: .int32)
    let plane = c.multiply(c.cast(down.size, to: .int32), width)
    var rows = neighbours(down, axis: 1, &c)
    let columns = neighbours(across, axis: 0, &c)
    let channels = c.constant(
      .int32, channels.map(Double.init), shape: [outputDim, pooledSize, pooledSize, 1])
    let first = c.multiply(channels, plane)
    rows.places = rows.places.map { c.add(c.multiply($0, width), first) }
    func line(_ row: Wire) -> Wire {
      let parts = zip(columns.places, columns.weights).map { column, weight in
        c.multiply(c.gather(map, c.add(row, column), 0), weight)
      }
      return c.add(parts[0], parts[1])
    }
    let (upper, lower) = (line(rows.places[0]), line(rows.places[1]))
    let values = c.add(c.multiply(upper, rows.weights[0]), c.multiply(lower, rows.weights[1]))
    let counts = c.multiply(c.sum(down.counted, along: [0]), c.sum(across.counted, along: [0]))
    let means = c.divide(c.sum(values, along: [0, 1]), c.maximum(counts, c.float(1)))
    return c.transpose(means, [3, 0, 1, 2])
  }

  /// The channel that each bin of each output channel reads.
  private var channels: [Int] {
    (0..<outputDim).flatMap { channel in
      (0..<pooledSize * pooledSize).map { bin in
        let row = ONNXComposer.group(bin / pooledSize, pooledSize, groupSize)
        let column = ONNXComposer.group(bin % pooledSize, pooledSize, groupSize)
        return (channel * groupSize + row) * groupSize + column
      }
    }
  }
}
