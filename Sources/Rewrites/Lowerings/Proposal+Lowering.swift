package import Operators
internal import Tensors

/// Into `TopK` and `NonMaxSuppression`, by the rules of MXNet's C++ operators: fp32, candidates beyond the image and
/// small boxes keep their place with a score of −1.
extension Proposal: ONNXLowering {
  package var isBeyondONNX: Bool { true }

  package func lower(
    _ node: LoweredNode, in c: inout ONNXComposer
  ) throws(OperatorError) -> [Wire]? {
    try node.requireOneImage(0)
    let anchors = anchors()
    let (scores, image) = (node.input(0), LoweredImage(node.input(2), &c))
    let (rows, columns) = (c.cells(scores, axis: 2), c.cells(scores, axis: 3))
    let deltas = c.candidateDeltas(node.input(1), anchors: anchors.count)
    let step = c.float(Double(stride))
    func corners(_ cells: Wire, _ first: Int) -> (Wire, Wire) {
      let shift = c.multiply(cells, step)
      return (
        c.add(c.floats(anchors.map { $0[first] }), shift),
        c.add(c.floats(anchors.map { $0[first + 2] }), shift)
      )
    }
    func box(_ cells: Wire, _ first: Int, length: Wire) -> (Wire, Wire) {
      let (from, to) = corners(cells, first)
      let moved =
        addsDeltas
        ? (c.add(from, deltas[first]), c.add(to, deltas[first + 2]))
        : decoded(from, to, deltas[first], deltas[first + 2], &c)
      let last = c.subtract(length, c.float(1))
      func onImage(_ corner: Wire) -> Wire { c.maximum(c.minimum(corner, last), c.float(0)) }
      return (onImage(moved.0), onImage(moved.1))
    }
    let across = box(columns, 0, length: image.width)
    let down = box(rows, 1, length: image.height)
    let inside = c.cellsInside(rows, columns, of: image, stride: stride)
    let grid = c.candidateScores(scores, anchors: anchors.count)
    let candidates = c.choose(inside, grid, c.float(-1))
    let least = c.multiply(c.float(Double(selection.minSize)), image.scale)
    func isShort(_ side: (Wire, Wire)) -> Wire {
      c.isLess(c.add(c.subtract(side.1, side.0), c.float(1)), least)
    }
    let isSmall = c.node("Or", [isShort(across), isShort(down)])
    let growth = c.divide(least, c.float(2))
    func grown(_ corner: Wire, _ isFar: Bool) -> Wire {
      c.choose(isSmall, isFar ? c.add(corner, growth) : c.subtract(corner, growth), corner)
    }
    let corners4 = [
      grown(across.0, false), grown(down.0, false), grown(across.1, true), grown(down.1, true),
    ]
    return try c.selectRegions(
      CandidateBoxes(
        scores: c.reshape(c.choose(isSmall, c.float(-1), candidates), [-1]), boxes: c.boxMatrix(corners4),
        takesPart: nil),
      selection, prefersLast: false)
  }

  /// One axis of a box: numbers are fp32, but for 0.5·(length − 1), which C++ computes in fp64.
  private func decoded(
    _ from: Wire, _ to: Wire, _ move: Wire, _ growth: Wire, _ c: inout ONNXComposer
  ) -> (Wire, Wire) {
    let length = c.add(c.subtract(to, from), c.float(1))
    func half(_ length: Wire) -> Wire {
      c.multiply(c.double(0.5), c.subtract(c.cast(length, to: .float64), c.double(1)))
    }
    let center = c.cast(c.add(c.cast(from, to: .float64), half(length)), to: .float32)
    let newCenter = c.cast(c.add(c.multiply(move, length), center), to: .float64)
    let newHalf = half(c.multiply(c.exponential(growth), length))
    return (
      c.cast(c.subtract(newCenter, newHalf), to: .float32), c.cast(c.add(newCenter, newHalf), to: .float32)
    )
  }
}

extension ONNXComposer {
  /// An fp32 exponential, rounded once: runtimes' own differ by an ULP.
  mutating func exponential(_ a: Wire) -> Wire {
    cast(node("Exp", [cast(a, to: .float64)]), to: .float32)
  }
}
