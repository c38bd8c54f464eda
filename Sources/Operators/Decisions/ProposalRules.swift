internal import Bytes
internal import Tensors

/// How a region proposal lays anchors, decodes and chooses boxes: what the operators and their imitations differ in.
struct ProposalRules: Sendable {
  struct Level: Sendable {
    let stride: Int
    /// Places of its maps among the inputs.
    let scores: Int
    let deltas: Int
    /// Corners at place 0.
    var anchors: [[Double]]
  }

  /// What becomes of boxes with a side below the least, and of anchors whose cells begin beyond the image.
  enum Treatment: Sendable {
    /// Removed.
    case removed
    /// Their score becomes −1; small boxes also grow by half the least size on every side.
    case scoreless
    /// Nothing.
    case kept
  }

  var levels: [Level]
  var selection: ProposalSelection
  /// Whether boxes are computed in fp64 but for the exponential, as numpy does, and rounded to fp32 in the end.
  var isWide = false
  var addsDeltas = false
  var smallBoxes = Treatment.scoreless
  var outsideCells = Treatment.scoreless
  var tiesAreOpen = false
  /// Whether rows that are missing repeat in turn; else they repeat in any order.
  var repeatsInTurn = true
  /// What sides have more than the difference of their corners: of anchors that are decoded, and in overlaps.
  var boxExtra = 1.0
  var overlapExtra = 1.0
  var readsBackground = false
  var readsDeltasAcrossLast = false
  var clips = true
  var isSorted = true
  /// Where height, width and scale stand in a row of the image's size, and what the scale is taken as.
  var infoColumns = [0, 1, 2]
  var scale: Double?

  var imageInfo: Int { 2 * levels.count }
}

extension ProposalRules {
  /// The boxes of an image, in the order in which they are counted; nil where the map does not cover the image.
  ///
  /// An axis of a box: w' = exp(dw)·w is off by the exponential's (±2u taken as uniform, 6u at most) and the product's rounding,
  /// c' = dx·w + c by two roundings, the corner c' ∓ (w' − 1)/2 by those of the half and of the sum (BOUNDS.md,
  /// "proposal corners"). Numpy computes all but the exponential in fp64 and rounds the corner once.
  func candidates(_ inputs: [Tensor?], image: Int, unitRoundoff u: Double) -> [BoxCandidate]? {
    guard let info = inputs[imageInfo]?.converted(to: Double.self), info.count >= 3 * image + 3 else {
      return nil
    }
    let size = infoColumns.map { info[3 * image + $0] }
    let scale = scale ?? size[2]
    var boxes: [BoxCandidate] = []
    for level in levels {
      guard let scores = inputs[level.scores], let deltas = inputs[level.deltas], scores.shape.rank == 4
      else {
        return nil
      }
      let grid = scores.shape
      guard let rows = Int(checked: Double(Float(size[0]) / Float(level.stride))),
        let columns = Int(checked: Double(Float(size[1]) / Float(level.stride))), rows <= grid[2],
        columns <= grid[3]
      else { return nil }
      let (values, moves) = (Elements<Float>(scores.narrowed), Elements<Double>(deltas.widened))
      let plane = grid[2] * grid[3]
      let count = level.anchors.count
      for y in 0..<grid[2] {
        for x in 0..<grid[3] {
          let isInside = y < rows && x < columns
          guard isInside || outsideCells != .removed else { continue }
          let cell = y * grid[3] + x
          for (index, anchor) in level.anchors.enumerated() {
            let channel = (2 * image + (readsBackground ? 0 : 1)) * count + index
            let first = 4 * (image * count + index)
            let read = readsDeltasAcrossLast ? [1, 0, 3, 2] : [0, 1, 2, 3]
            let move = read.map { moves.span[(first + $0) * plane + cell] }
            let origin = [Double(x * level.stride), Double(y * level.stride)]
            let axes = (0..<2).map { axis in
              decoded(
                anchor[axis] + origin[axis], anchor[axis + 2] + origin[axis], move[axis], move[axis + 2],
                last: size[1 - axis] - 1, u)
            }
            let score = values.span[channel * plane + cell]
            let candidate = BoxCandidate(
              corners: [axes[0].0, axes[1].0, axes[0].1, axes[1].1],
              score: isInside || outsideCells == .kept ? score : -1, place: boxes.count)
            add(candidate, least: Double(selection.minSize) * scale, u, to: &boxes)
          }
        }
      }
    }
    return boxes
  }

  private func decoded(
    _ from: Double, _ to: Double, _ move: Double, _ growth: Double, last: Double, _ u: Double
  ) -> (Uncertain, Uncertain) {
    // numpy's fp64 rounds far below what is looked at.
    let fine = isWide ? 0 : u
    func finished(_ corner: Uncertain) -> Uncertain {
      clips ? corner.rounded(u).clipped(0, last) : corner.rounded(u)
    }
    if addsDeltas { return (finished(Uncertain(from + move)), finished(Uncertain(to + growth))) }
    let length = to - from + boxExtra
    let center = from + 0.5 * (length - boxExtra)
    let newCenter = (Uncertain(move * length).rounded(fine) + Uncertain(center)).rounded(fine)
    // Of 0, the exponential is exact.
    let power = Double.exp(growth)
    let factor =
      growth == 0
      ? Uncertain(1) : Uncertain(power, variance: 4 * u * u * power * power / 3, hard: 6 * u * power)
    var half = (factor * Uncertain(length)).rounded(growth == 0 ? 0 : fine) - Uncertain(boxExtra)
    half = (half * Uncertain(0.5)).rounded(growth == 0 ? 0 : fine)
    // An anchor that is not moved is exact in every order.
    if move == 0, growth == 0, Double(Float(from)) == from, Double(Float(to)) == to {
      let corners = (Uncertain(from), Uncertain(to))
      return clips ? (corners.0.clipped(0, last), corners.1.clipped(0, last)) : corners
    }
    return (finished(newCenter - half), finished(newCenter + half))
  }

  /// Adds a box as the rule for small ones has it; both ways where that is in doubt.
  private func add(_ box: BoxCandidate, least: Double, _ u: Double, to boxes: inout [BoxCandidate]) {
    let corners = box.corners
    let sides = [0, 1].map { axis in
      var side = corners[axis + 2] - corners[axis]
      side.value += 1
      side.variance += u * u * side.value * side.value * 2 / 3
      if side.hard > 0 { side.hard += 2 * u * side.value }
      return side
    }
    let margins = sides.map {
      Margin(
        holds: $0.value >= least, distance: $0.value - least,
        sigma: ($0.variance + u * u * least * least / 3).squareRoot(), hard: $0.hard + u * least)
    }
    // A box is large enough where both sides are; C++ compares NaN with neither.
    let presence =
      margins.allSatisfy(\.holds)
      ? (margins[0].ratio < margins[1].ratio ? margins[0] : margins[1])
      : margins.filter { !$0.holds }.min { $0.ratio < $1.ratio } ?? margins[0]
    guard smallBoxes != .kept, !(smallBoxes == .scoreless && sides.contains { $0.value.isNaN }) else {
      return boxes.append(box)
    }
    let isInDoubt = presence.distance <= presence.hard && sides.contains { $0.hard > 0 }
    if presence.holds || isInDoubt {
      var large = box
      if isInDoubt { large.presence = presence }
      boxes.append(large)
    }
    guard smallBoxes == .scoreless, !presence.holds || isInDoubt else { return }
    let growth = [-least / 2, -least / 2, least / 2, least / 2]
    var small = BoxCandidate(
      corners: zip(corners, growth).map { ($0 + Uncertain($1)).rounded(u) }, score: -1, place: box.place)
    if isInDoubt { small.presence = presence.opposite }
    boxes.append(small)
  }
}

extension ProposalRules {
  /// How suppression sees an image's boxes.
  func selection(of boxes: [BoxCandidate]) -> GreedySelection {
    GreedySelection(
      boxes, considered: selection.preNMSTopN > 0 ? selection.preNMSTopN : .max, limit: selection.postNMSTopN,
      threshold: Double(Float(selection.threshold)), extra: overlapExtra, tiesAreOpen: tiesAreOpen,
      isSorted: isSorted)
  }
}
