package import Tensors

extension PyramidProposal {
  /// Anchors of one place stand next to each other, in the order in which candidates are counted.
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let grids = strides.enumerated().map { level, stride in
      CandidateGrid(site.input(level).shape, anchors: anchors(base: stride))
    }
    let shapes = strides.indices.map { site.input($0).shape }
    return Step { evaluation throws(OperatorError) in
      let info = evaluation.input(2 * strides.count)
      var boxes = ScoredBoxes<Double>()
      boxes.reserveCapacity(grids.reduce(0) { $0 + $1.count })
      for (level, grid) in grids.enumerated() {
        let bounds = try ImageBounds(info.span, image: 0, stride: strides[level], of: shapes[level])
        let (scores, deltas) = (evaluation.input(level), evaluation.input(strides.count + level))
        addCandidates(
          grid, stride: strides[level], scores: scores.span, deltas: deltas.span, bounds, to: &boxes)
      }
      let count = selection.preNMSTopN > 0 ? min(selection.preNMSTopN, boxes.count) : boxes.count
      let best = boxes.picked(boxes.order(.reversed).prefix(count))
      let kept = best.rounded.suppressed(above: Float(selection.threshold), limit: selection.postNMSTopN)
      evaluation.writeRegions(
        best.picked(kept), image: 0, row: 0, count: selection.postNMSTopN, hasScores: selection.hasScores)
    }
  }

  /// Corners of the anchors of place 0 (Deformable-ConvNets lib/rpn/generate_anchor.py).
  package func anchors(base: Int) -> [[Double]] {
    let side = Double(base)
    let center = 0.5 * (side - 1)
    return selection.ratios.flatMap { ratio in
      selection.scales.map { scale in
        let narrow = (side * side / ratio).squareRoot().rounded(.toNearestOrEven)
        let (width, height) = (narrow * scale, (narrow * ratio).rounded(.toNearestOrEven) * scale)
        return [
          center - 0.5 * (width - 1), center - 0.5 * (height - 1), center + 0.5 * (width - 1),
          center + 0.5 * (height - 1),
        ]
      }
    }
  }

  /// Adds the boxes of one level whose cells begin in the image and whose sides are not too small.
  private func addCandidates<T: Lane>(
    _ grid: CandidateGrid<Double>, stride: Int, scores: Span<T>, deltas: Span<T>, _ bounds: ImageBounds,
    to boxes: inout ScoredBoxes<Double>
  ) {
    let least = Double(selection.minSize) * Double(bounds.scale)
    let (lastX, lastY) = (Double(bounds.width) - 1, Double(bounds.height) - 1)
    for y in 0..<bounds.rows {
      for x in 0..<bounds.columns {
        for (index, anchor) in grid.anchors.enumerated() {
          let place = grid.place(image: 0, y: y, x: x)
          let first = 4 * (place + index)
          let (left, top) = (Double(x * stride), Double(y * stride))
          let across = decoded(
            anchor[0] + left, anchor[2] + left, deltas[first].asFloat, deltas[first + 2].asFloat, last: lastX)
          let down = decoded(
            anchor[1] + top, anchor[3] + top, deltas[first + 1].asFloat, deltas[first + 3].asFloat,
            last: lastY)
          // NaN is not large enough.
          guard across.1 - across.0 + 1 >= least, down.1 - down.0 + 1 >= least else { continue }
          boxes.append(
            across.0, down.0, across.1, down.1,
            score: scores[2 * place + grid.anchors.count + index].asFloat)
        }
      }
    }
  }

  /// One axis of a box, moved into the image: fp64, but for the exponential, which numpy computes in the deltas'
  /// fp32.
  private func decoded(
    _ from: Double, _ to: Double, _ move: Float, _ growth: Float, last: Double
  ) -> (Double, Double) {
    let length = to - from + 1
    let center = from + 0.5 * (length - 1) + Double(move) * length
    let half = 0.5 * (Double(Float.exp(growth)) * length - 1)
    func clipped(_ x: Double) -> Double { x.isNaN ? x : min(max(x, 0), last) }
    return (clipped(center - half), clipped(center + half))
  }
}

extension ScoredBoxes where Number == Double {
  /// In fp32, as suppression sees them.
  fileprivate var rounded: ScoredBoxes<Float> {
    var rounded = ScoredBoxes<Float>()
    rounded.reserveCapacity(count)
    for place in scores.indices {
      rounded.append(
        Float(x1[place]), Float(y1[place]), Float(x2[place]), Float(y2[place]), score: scores[place])
    }
    return rounded
  }
}
