package import Operators
internal import Tensors

/// Into `TopK` and `NonMaxSuppression`, by the rules of the released graphs' Python operators: boxes in fp64; cells
/// beyond the image and small boxes take no part; the last of equal scores is the best.
extension PyramidProposal: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    let image = LoweredImage(node.input(2 * strides.count), &c)
    let levels = strides.indices.map { level in
      candidates(
        node.input(level), node.input(strides.count + level), stride: strides[level], image: image, &c)
    }
    guard levels.count > 1 else { return try c.selectRegions(levels[0], selection, prefersLast: true) }
    let all = CandidateBoxes(
      scores: c.join(levels.map(\.scores), 0), boxes: c.join(levels.map(\.boxes), 0),
      takesPart: c.join(levels.compactMap(\.takesPart), 0))
    return try c.selectRegions(all, selection, prefersLast: true)
  }

  private func candidates(
    _ scores: Wire, _ deltas: Wire, stride: Int, image: LoweredImage, _ c: inout ONNXComposer
  ) -> CandidateBoxes {
    let anchors = anchors(base: stride)
    let (rows, columns) = (c.cells(scores, axis: 2), c.cells(scores, axis: 3))
    let moves = c.candidateDeltas(deltas, anchors: anchors.count)
    let across = box(columns, 0, anchors, moves, stride: stride, length: image.width, &c)
    let down = box(rows, 1, anchors, moves, stride: stride, length: image.height, &c)
    let least = c.multiply(c.double(Double(selection.minSize)), c.cast(image.scale, to: .float64))
    func isLarge(_ side: (Wire, Wire)) -> Wire {
      c.isGreaterOrEqual(c.add(c.subtract(side.1, side.0), c.double(1)), least)
    }
    let inside = c.cellsInside(rows, columns, of: image, stride: stride)
    let takesPart = c.and(c.and(isLarge(across), isLarge(down)), inside)
    return CandidateBoxes(
      scores: c.reshape(c.candidateScores(scores, anchors: anchors.count), [-1]),
      boxes: c.boxMatrix([across.0, down.0, across.1, down.1]), takesPart: c.reshape(takesPart, [-1]))
  }

  /// One axis of the boxes, moved into the image: fp64, but for the exponential, which numpy computes in fp32.
  private func box(
    _ cells: Wire, _ first: Int, _ anchors: [[Double]], _ moves: [Wire], stride: Int, length: Wire,
    _ c: inout ONNXComposer
  ) -> (Wire, Wire) {
    let shift = c.multiply(c.cast(cells, to: .float64), c.double(Double(stride)))
    let from = c.add(c.doubles(anchors.map { $0[first] }), shift)
    let to = c.add(c.doubles(anchors.map { $0[first + 2] }), shift)
    let length64 = c.cast(length, to: .float64)
    let side = c.add(c.subtract(to, from), c.double(1))
    let middle = c.add(from, c.multiply(c.double(0.5), c.subtract(side, c.double(1))))
    let center = c.add(middle, c.multiply(c.cast(moves[first], to: .float64), side))
    let growth = c.cast(c.exponential(moves[first + 2]), to: .float64)
    let half = c.multiply(c.double(0.5), c.subtract(c.multiply(growth, side), c.double(1)))
    let last = c.subtract(length64, c.double(1))
    func onImage(_ corner: Wire) -> Wire { c.minimum(c.maximum(corner, c.double(0)), last) }
    return (onImage(c.subtract(center, half)), onImage(c.add(center, half)))
  }
}
