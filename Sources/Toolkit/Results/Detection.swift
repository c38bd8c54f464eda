/// A box on a picture, in pixels from the upper left corner; its right and lower edge are inside.
public struct Box: Hashable, Sendable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// Left, top, right, bottom.
  public var corners: [Double] { [left, top, right, bottom] }

  /// Pixels, an edge from 3 to 5 counted as three.
  var area: Double { (right - left + 1) * (bottom - top + 1) }

  /// The share of both boxes' area that they have in common (Deformable-ConvNets `lib/nms/nms.py`).
  package func overlap(with other: Box) -> Double {
    let width = max(0, min(right, other.right) - max(left, other.left) + 1)
    let height = max(0, min(bottom, other.bottom) - max(top, other.top) + 1)
    let common = width * height
    return common / (area + other.area - common)
  }
}

/// One object that a network found.
public struct Detection: Hashable, Sendable {
  /// The network's number of the class; 0 is the background and never detected.
  public let classIndex: Int
  public let className: String
  /// The class's probability, as the network gave it or as soft suppression lowered it.
  public let score: Double
  public let box: Box

  public init(classIndex: Int, className: String, score: Double, box: Box) {
    self.classIndex = classIndex
    self.className = className
    self.score = score
    self.box = box
  }
}

/// What departs from the recipe of a network when its detections are read; nil keeps the recipe's.
public struct DetectionOptions: Hashable, Sendable {
  /// Boxes that do not score above this are dropped first.
  public var scoreThreshold: Double?
  /// The overlap up to which two boxes of a class are both kept, 0 to 1.
  public var suppression: Suppression?
  /// Most detections of a picture; 0 for all of them.
  public var maximumCount: Int?

  public enum Suppression: Hashable, Sendable {
    /// Drops a box that overlaps a better one by more than this share.
    case greedy(threshold: Double)
    /// Multiplies its score by exp(-overlap² / sigma) instead (arXiv:1704.04503).
    case gaussian(sigma: Double)
  }

  public init(scoreThreshold: Double? = nil, suppression: Suppression? = nil, maximumCount: Int? = nil) {
    self.scoreThreshold = scoreThreshold
    self.suppression = suppression
    self.maximumCount = maximumCount
  }
}
