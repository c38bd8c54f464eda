package import Operators
internal import Tensors

/// Into ONNX `DeformConv`, or where the target lacks it into `GridSample` and a matrix product.
///
/// DeformConv has zeros around the map. A closed border becomes a mask, 1 where 0 ≤ position < size along both axes, and
/// offsets that keep every sample on the map: last − base where the position is behind the last element, whose row
/// or column then repeats; −base where the mask is 0; the offset's own bits elsewhere. The map is not padded.
///
/// GridSample reads the positions, normalised, from the channels of each deformable group: with its `border` padding
/// the last row repeats, with `zeros` there are zeros around the map. Its samples `[C·K, Ho·Wo]` times the weights
/// are the convolution. The normalisation rounds positions once more.
extension DeformableConvolution: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    guard coordinates != .half else {
      throw .attribute("coordinates", found: "half", expected: "positions in fp32, as ONNX has them")
    }
    guard let taps = geometry.taps else { return nil }
    let offset = node.input(1)
    var mask = maskIndex.map { node.input($0) }
    if node.target.hasDeformConv, border == .zero, offsetOrder == .yx {
      return [deformConv(node, offset: offset, mask: mask, &c)]
    }
    let samples = positions(node, taps: taps, &c)
    guard node.target.hasDeformConv else { return [product(node, samples, mask: mask, taps: taps, &c)] }
    var moves = [samples.offsetY, samples.offsetX]
    if border == .closed {
      moves = [samples.y, samples.x].enumerated().map { axis, position in
        let behind = c.choose(
          c.isGreater(position.position, position.last), c.subtract(position.last, position.base), moves[axis]
        )
        return c.choose(samples.isInside, behind, c.negate(position.base))
      }
      let isInside = reshaped(c.cast(samples.isInside, to: .float32), like: offset, taps: taps, &c)
      mask = mask.map { c.multiply($0, isInside) } ?? isInside
    }
    let moved = c.reshape(c.join(moves, 3), to: c.shape(offset))
    return [deformConv(node, offset: moved, mask: mask, &c)]
  }

  private func deformConv(
    _ node: LoweredNode, offset: Wire, mask: Wire?, _ c: inout ONNXComposer
  ) -> Wire {
    var inputs: [Wire?] = [node.input(0), node.input(weightIndex), offset, biasIndex.map { node.input($0) }]
    if let mask { inputs.append(mask) }
    while let last = inputs.last, last == nil { inputs.removeLast() }
    return c.node(
      "DeformConv", inputs,
      [
        "kernel_shape": .integers(geometry.kernel), "strides": .integers(geometry.stride),
        "dilations": .integers(geometry.dilation), "pads": .integers(geometry.padBegin + geometry.padEnd),
        "group": .integer(groups), "offset_group": .integer(deformableGroups),
      ])
  }

  // MARK: Positions

  /// Where samples stand along one axis, in map elements, `[N, G, K, 1, Ho·Wo]` or what broadcasts to it.
  private struct AxisPositions {
    /// Without the offset.
    let base: Wire
    let position: Wire
    /// The map's elements and the last one's place, `[1]`.
    let size: Wire
    let last: Wire
  }

  private struct Positions {
    let offsetY: Wire
    let offsetX: Wire
    let y: AxisPositions
    let x: AxisPositions
    /// Whether the closed border counts a sample.
    let isInside: Wire
  }

  /// Positions as fl32(base + offset), as the source rounds them.
  private func positions(_ node: LoweredNode, taps: Int, _ c: inout ONNXComposer) -> Positions {
    let offset = node.input(1)
    let split = c.reshape(offset, [0, deformableGroups, taps, 2, -1])
    let first = c.slice(split, 3, from: 0, to: 1)
    let second = c.slice(split, 3, from: 1, to: 2)
    let (offsetY, offsetX) = offsetOrder == .yx ? (first, second) : (second, first)
    let place = c.range(c.size(split, 4))
    let columns = c.size(offset, 3)
    let row = c.divide(place, columns)
    let column = c.subtract(place, c.multiply(row, columns))
    let y = position(node, axis: 0, at: row, offset: offsetY, taps: taps, &c)
    let x = position(node, axis: 1, at: column, offset: offsetX, taps: taps, &c)
    func isInside(_ axis: AxisPositions) -> Wire {
      c.and(c.isGreaterOrEqual(axis.position, c.float(0)), c.isLess(axis.position, axis.size))
    }
    let isInsideBoth = c.and(isInside(y), isInside(x))
    return Positions(offsetY: offsetY, offsetX: offsetX, y: y, x: x, isInside: isInsideBoth)
  }

  private func position(
    _ node: LoweredNode, axis: Int, at place: Wire, offset: Wire, taps: Int, _ c: inout ONNXComposer
  ) -> AxisPositions {
    let steps = (0..<taps).map { tap in
      let step = axis == 0 ? tap / geometry.kernel[1] : tap % geometry.kernel[1]
      return step * geometry.dilation[axis] - geometry.padBegin[axis]
    }
    let window = c.multiply(place, c.integers([geometry.stride[axis]]))
    let base = c.cast(c.add(window, c.integers(steps, [taps, 1, 1])), to: .float32)
    let size = c.floatSize(node.input(0), 2 + axis)
    return AxisPositions(
      base: base, position: c.add(base, offset), size: size, last: c.subtract(size, c.float(1)))
  }

  /// `[N, G, K, 1, Ho·Wo]` as `[N, G·K, Ho, Wo]`.
  private func reshaped(_ a: Wire, like offset: Wire, taps: Int, _ c: inout ONNXComposer) -> Wire {
    let spatial = c.node("Shape", [offset], ["start": .integer(2)])
    return c.reshape(a, to: c.join([c.integers([0, deformableGroups * taps]), spatial], 0))
  }

  // MARK: Products

  /// The convolution of sampled columns.
  private func product(
    _ node: LoweredNode, _ samples: Positions, mask: Wire?, taps: Int, _ c: inout ONNXComposer
  ) -> Wire {
    let (data, offset, weight) = (node.input(0), node.input(1), node.input(weightIndex))
    let size = c.node("Shape", [data], ["start": .integer(2)])
    // A batch's deformable groups are images of the sampler.
    let groupCount = c.multiply(c.size(data, 0), c.integers([deformableGroups]))
    let maps = c.reshape(data, to: c.join([groupCount, c.integers([-1]), size], 0))
    let grid = c.join([normalized(samples.x, samples, &c), normalized(samples.y, samples, &c)], 4)
    // [N·G, K·Ho, Wo, 2]: x before y.
    let columns = c.size(offset, 3)
    let images = c.size(maps, 0)
    let ordered = c.reshape(grid, to: c.join([images, c.integers([-1]), columns, c.integers([2])], 0))
    var sampled = c.node(
      "GridSample", [maps, ordered],
      [
        "mode": .text("bilinear"), "align_corners": .integer(border == .closed ? 1 : 0),
        "padding_mode": .text(border == .closed ? "border" : "zeros"),
      ])
    if border == .closed {
      let inside = c.cast(samples.isInside, to: .float32)
      let kept = c.reshape(inside, to: c.join([images, c.integers([1, -1]), columns], 0))
      sampled = c.multiply(sampled, kept)
    }
    if let mask {
      sampled = c.multiply(sampled, c.reshape(mask, to: c.join([images, c.integers([1, -1]), columns], 0)))
    }
    let rows = c.reshape(
      sampled,
      to: c.join(
        [
          c.size(data, 0), c.integers([groups, -1]),
          c.multiply(c.size(offset, 2), columns),
        ], 0))
    let filters = c.reshape(weight, [groups, self.filters / groups, -1])
    let spatial = c.node("Shape", [offset], ["start": .integer(2)])
    let output = c.reshape(
      c.product(filters, rows), to: c.join([c.size(data, 0), c.integers([self.filters]), spatial], 0))
    guard let biasIndex else { return output }
    return c.add(output, c.reshape(node.input(biasIndex), [1, -1, 1, 1]))
  }

  /// Positions along an axis from −1 to 1, `[N, G, K, Ho·Wo, 1]`.
  private func normalized(
    _ axis: AxisPositions, _ samples: Positions, _ c: inout ONNXComposer
  ) -> Wire {
    let scaled: Wire
    if border == .closed {
      // What does not count may be no number.
      let position = c.choose(samples.isInside, axis.position, c.float(0))
      let span = c.maximum(axis.last, c.float(1))
      scaled = c.subtract(c.divide(c.multiply(position, c.float(2)), span), c.float(1))
    } else {
      let doubled = c.add(c.multiply(axis.position, c.float(2)), c.float(1))
      scaled = c.subtract(c.divide(doubled, axis.size), c.float(1))
    }
    return c.transpose(scaled, [0, 1, 2, 4, 3])
  }
}
