internal import Tensors

/// Boxes with scores: corners in pixels of the network's input, sides with the +1.
struct ScoredBoxes<Number: BinaryFloatingPoint & Sendable>: Sendable {
  var x1: [Number] = []
  var y1: [Number] = []
  var x2: [Number] = []
  var y2: [Number] = []
  var scores: [Float] = []

  var count: Int { scores.count }

  mutating func reserveCapacity(_ count: Int) {
    x1.reserveCapacity(count)
    y1.reserveCapacity(count)
    x2.reserveCapacity(count)
    y2.reserveCapacity(count)
    scores.reserveCapacity(count)
  }

  mutating func append(_ x1: Number, _ y1: Number, _ x2: Number, _ y2: Number, score: Float) {
    self.x1.append(x1)
    self.y1.append(y1)
    self.x2.append(x2)
    self.y2.append(y2)
    scores.append(score)
  }

  /// The boxes of some places, in their order.
  func picked(_ places: some Sequence<Int>) -> Self {
    var picked = Self()
    for place in places { picked.append(x1[place], y1[place], x2[place], y2[place], score: scores[place]) }
    return picked
  }

  /// What stands first among equal scores, and whether NaN is the best or the worst.
  enum TieRule {
    /// The first of equals; NaN last: a stable sort by falling score.
    case stable
    /// The last of equals; NaN first: a stable sort by rising score, read backwards, as numpy's `argsort()[::-1]`.
    case reversed
  }

  /// Places by falling score.
  func order(_ rule: TieRule) -> [Int] {
    // Score and place in one word, which rises as the score falls.
    var keys = scores.indices.map { place -> UInt64 in
      let score = scores[place]
      let bits = (score == 0 ? 0 : score).bitPattern
      // Numbers rise with these bits; NaN is beyond the infinities.
      let rising = score.isNaN ? UInt32.max : bits >> 31 == 0 ? bits | 1 << 31 : ~bits
      switch rule {
      case .stable: return UInt64(score.isNaN ? UInt32.max : ~rising) << 32 | UInt64(UInt32(place))
      case .reversed: return UInt64(~rising) << 32 | UInt64(~UInt32(place))
      }
    }
    keys.sort()
    return keys.map { key in
      let low = UInt32(truncatingIfNeeded: key)
      return Int(rule == .stable ? low : ~low)
    }
  }
}

extension ScoredBoxes where Number == Float {
  /// Places of the boxes that no better one overlaps too much, in order and at most `limit`.
  ///
  /// Greedy: a box goes where its intersection over union with a kept one before it is above the threshold, in
  /// fp32 and the source's order (mxnet contrib/proposal.cc). A box with NaN neither goes nor makes another go.
  ///
  /// - Complexity: boxes · kept ones at most.
  func suppressed(above threshold: Float, limit: Int) -> [Int] {
    let areas = scores.indices.map { (x2[$0] - x1[$0] + 1) * (y2[$0] - y1[$0] + 1) }
    // Below 0 even boxes that do not touch overlap too much.
    let skipsApart = threshold >= 0
    var kept: [Int] = []
    for place in scores.indices where kept.count < limit {
      var stays = true
      for better in kept {
        let width = min(x2[better], x2[place]) - max(x1[better], x1[place]) + 1
        guard width > 0 || !skipsApart else { continue }
        let height = min(y2[better], y2[place]) - max(y1[better], y1[place]) + 1
        guard height > 0 || !skipsApart else { continue }
        let shared = max(0, width) * max(0, height)
        if shared / (areas[better] + areas[place] - shared) > threshold {
          stays = false
          break
        }
      }
      if stays { kept.append(place) }
    }
    return kept
  }
}

extension Evaluation {
  /// Writes kept boxes as rows of regions from `row` on, repeated in turn until there are `count`, and their
  /// scores where output 1 takes them; without any boxes all numbers are 0.
  func writeRegions<Number>(_ boxes: ScoredBoxes<Number>, image: Int, row: Int, count: Int, hasScores: Bool) {
    output(0)[5 * row..<5 * (row + count)].withSpan { rois in
      for index in 0..<count {
        let place = boxes.count == 0 ? nil : index % boxes.count
        rois[5 * index] = T(image)
        rois[5 * index + 1] = place.map { T(boxes.x1[$0]) } ?? 0
        rois[5 * index + 2] = place.map { T(boxes.y1[$0]) } ?? 0
        rois[5 * index + 3] = place.map { T(boxes.x2[$0]) } ?? 0
        rois[5 * index + 4] = place.map { T(boxes.y2[$0]) } ?? 0
      }
    }
    guard hasScores else { return }
    output(1)[row..<row + count].withSpan { scores in
      for index in 0..<count { scores[index] = boxes.count == 0 ? 0 : T(boxes.scores[index % boxes.count]) }
    }
  }
}
