internal import Bytes
package import Tensors

extension Proposal {
  /// Anchors of one place stand next to each other, in the order in which candidates are counted.
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let shape = site.input(0).shape
    let grid = CandidateGrid(shape, anchors: anchors())
    return Step { evaluation throws(OperatorError) in
      let (scores, deltas) = (evaluation.input(0), evaluation.input(1))
      let info = evaluation.input(2)
      for image in 0..<shape[0] {
        let bounds = try ImageBounds(info.span, image: image, stride: stride, of: shape)
        var boxes = candidates(
          grid, image: image, scores: scores.span, deltas: deltas.span, bounds)
        filter(&boxes, least: Float(selection.minSize) * bounds.scale)
        let count = selection.preNMSTopN > 0 ? min(selection.preNMSTopN, boxes.count) : boxes.count
        let best = boxes.picked(boxes.order(.stable).prefix(count))
        let kept = best.suppressed(above: Float(selection.threshold), limit: selection.postNMSTopN)
        evaluation.writeRegions(
          best.picked(kept), image: image, row: image * selection.postNMSTopN,
          count: selection.postNMSTopN, hasScores: selection.hasScores)
      }
    }
  }

  /// Corners of the anchors of place 0 (mxnet contrib/proposal-inl.h, GenerateAnchors), in fp32.
  package func anchors() -> [[Float]] {
    let side = Float(stride)
    let center = 0.5 * (side - 1)
    return selection.ratios.flatMap { ratio in
      selection.scales.map { scale in
        let (ratio, scale) = (Float(ratio), Float(scale))
        let area = (side * side / ratio).rounded(.down)
        let width = (area.squareRoot() + 0.5).rounded(.down) * scale
        let height = (width / scale * ratio + 0.5).rounded(.down) * scale
        return [
          center - 0.5 * (width - 1), center - 0.5 * (height - 1), center + 0.5 * (width - 1),
          center + 0.5 * (height - 1),
        ]
      }
    }
  }

  /// A box of every anchor at every place, inside of the image; those beyond its cells have a score of −1.
  private func candidates<T: Lane>(
    _ grid: CandidateGrid<Float>, image: Int, scores: Span<T>, deltas: Span<T>, _ bounds: ImageBounds
  ) -> ScoredBoxes<Float> {
    var boxes = ScoredBoxes<Float>()
    boxes.reserveCapacity(grid.count)
    // std::max(std::min(x, last), 0): NaN stays.
    func clipped(_ x: Float, _ last: Float) -> Float {
      let low = last < x ? last : x
      return low < 0 ? 0 : low
    }
    for y in 0..<grid.height {
      for x in 0..<grid.width {
        let isInside = y < bounds.rows && x < bounds.columns
        for (index, anchor) in grid.anchors.enumerated() {
          let place = grid.place(image: image, y: y, x: x)
          let score = scores[2 * place + grid.anchors.count + index].asFloat
          let first = 4 * (place + index)
          let move = (
            deltas[first].asFloat, deltas[first + 1].asFloat, deltas[first + 2].asFloat,
            deltas[first + 3].asFloat
          )
          let (left, top) = (Float(x * stride), Float(y * stride))
          let corners = (anchor[0] + left, anchor[1] + top, anchor[2] + left, anchor[3] + top)
          let across =
            addsDeltas
            ? (corners.0 + move.0, corners.2 + move.2) : decoded(corners.0, corners.2, move.0, move.2)
          let down =
            addsDeltas
            ? (corners.1 + move.1, corners.3 + move.3) : decoded(corners.1, corners.3, move.1, move.3)
          boxes.append(
            clipped(across.0, bounds.width - 1), clipped(down.0, bounds.height - 1),
            clipped(across.1, bounds.width - 1), clipped(down.1, bounds.height - 1),
            score: isInside ? score : -1)
        }
      }
    }
    return boxes
  }

  /// One axis of a box: numbers are fp32, but for 0.5·(length − 1), which C++ computes in fp64.
  private func decoded(_ from: Float, _ to: Float, _ move: Float, _ growth: Float) -> (Float, Float) {
    let length = to - from + 1
    let center = Float(Double(from) + 0.5 * (Double(length) - 1))
    let newCenter = move * length + center
    let half = 0.5 * (Double(Float.exp(growth) * length) - 1)
    return (Float(Double(newCenter) - half), Float(Double(newCenter) + half))
  }

  /// Small boxes grow and lose their score (FilterBox).
  private func filter(_ boxes: inout ScoredBoxes<Float>, least: Float) {
    for place in boxes.scores.indices {
      let width = boxes.x2[place] - boxes.x1[place] + 1
      let height = boxes.y2[place] - boxes.y1[place] + 1
      guard width < least || height < least else { continue }
      boxes.x1[place] -= least / 2
      boxes.y1[place] -= least / 2
      boxes.x2[place] += least / 2
      boxes.y2[place] += least / 2
      boxes.scores[place] = -1
    }
  }
}

/// The places at which anchors stand.
struct CandidateGrid<Number: BinaryFloatingPoint & Sendable>: Sendable {
  /// Corners of each anchor at place 0.
  let anchors: [[Number]]
  let height: Int
  let width: Int

  /// - Parameter scores: `[N, 2·A, H, W]`.
  init(_ scores: Shape, anchors: [[Number]]) {
    self.anchors = anchors
    height = scores[2]
    width = scores[3]
  }

  var count: Int { height * width * anchors.count }

  /// Where the anchors of a place begin, counted in anchors.
  func place(image: Int, y: Int, x: Int) -> Int { ((image * height + y) * width + x) * anchors.count }
}

/// An image's part of the maps, from its row of `imageInfo`.
struct ImageBounds {
  /// Pixels of the network's input.
  let height: Float
  let width: Float
  /// Pixels of the input for each of the image.
  let scale: Float
  /// Cells of the map that begin in the image.
  let rows: Int
  let columns: Int

  /// - Parameters:
  ///   - info: `[N, 3]`.
  ///   - stride: pixels of a cell.
  ///   - scores: `[N, 2·A, H, W]`.
  /// - Throws: `OperatorError` where the map does not cover the image, or a size is not finite.
  init<T: Lane>(
    _ info: Span<T>, image: Int, stride: Int, of scores: Shape
  ) throws(OperatorError) {
    height = info[3 * image].asFloat
    width = info[3 * image + 1].asFloat
    scale = info[3 * image + 2].asFloat
    guard let rows = Int(checked: Double(height / Float(stride))),
      let columns = Int(checked: Double(width / Float(stride))), rows <= scores[2], columns <= scores[3]
    else {
      throw .input(
        "imageInfo", found: "an image of \(height)×\(width) pixels",
        expected: "one that \(scores[2])×\(scores[3]) cells of \(stride) pixels cover")
    }
    (self.rows, self.columns) = (max(0, rows), max(0, columns))
  }
}
