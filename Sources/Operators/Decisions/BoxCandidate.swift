/// A box that suppression may see: corners with their rounding errors, and a score without any.
struct BoxCandidate: Sendable {
  /// x1, y1, x2, y2.
  let corners: [Uncertain]
  let score: Float
  /// Where it stands before the sort.
  let place: Int
  /// Boxes of different classes do not suppress each other.
  var classIndex: Int?
  /// The decision by which it is there at all; nil where that is in no doubt.
  var presence: Margin?

  var isFinite: Bool { corners.allSatisfy { $0.value.isFinite } && !score.isNaN }
}

/// The intersection over union of two boxes.
struct Overlap {
  private let shared: Uncertain
  private let union: Double
  private let areas: Uncertain
  private let u: Double

  /// - Parameters:
  ///   - extra: what sides have more than the difference of their corners: 1 where pixels are counted.
  ///   - u: unit roundoff of the arithmetic.
  init(_ a: BoxCandidate, _ b: BoxCandidate, extra: Double, unitRoundoff u: Double) {
    self.u = u
    func side(_ low: Uncertain, _ high: Uncertain) -> Uncertain {
      // A difference and a sum.
      var side = high - low
      side.value += extra
      side.variance += u * u * side.value * side.value * 2 / 3
      side.hard += 2 * u * abs(side.value)
      side.value = max(0, side.value)
      return side
    }
    func area(_ box: BoxCandidate) -> Uncertain {
      (side(box.corners[0], box.corners[2]) * side(box.corners[1], box.corners[3])).rounded(u)
    }
    func larger(_ a: Uncertain, _ b: Uncertain) -> Uncertain { a.value >= b.value ? a : b }
    func smaller(_ a: Uncertain, _ b: Uncertain) -> Uncertain { a.value <= b.value ? a : b }
    let across = side(larger(a.corners[0], b.corners[0]), smaller(a.corners[2], b.corners[2]))
    let down = side(larger(a.corners[1], b.corners[1]), smaller(a.corners[3], b.corners[3]))
    shared = (across * down).rounded(u)
    areas = (area(a) + area(b)).rounded(u)
    union = areas.value - shared.value
  }

  /// NaN for two boxes without an area.
  var value: Double { shared.value / union }

  /// Whether this is above a threshold, which was rounded to fp32.
  ///
  /// With q = I/U and U = A − I, dq = dI·(U + I)/U² − dA·I/U²; I and A grow with the same corners, so that taking
  /// their errors as independent makes the variance no smaller. The quotient and U round once each.
  func exceeds(_ threshold: Double) -> Margin {
    let q = value
    guard q.isFinite else { return .exact(false) }
    let (byShared, byAreas) = ((union + shared.value) / (union * union), shared.value / (union * union))
    let rounding = (2 * q * q + threshold * threshold) / 3
    let variance =
      byShared * byShared * shared.variance + byAreas * byAreas * areas.variance + u * u * rounding
    let hard = byShared * shared.hard + byAreas * areas.hard + u * (2 * q + abs(threshold))
    return Margin(holds: q > threshold, distance: q - threshold, sigma: variance.squareRoot(), hard: hard)
  }
}
