/// A count in which networks of one architecture may differ; it shows in the shapes of their weights.
package enum NetworkSize: Hashable, Sendable {
  /// Channels of the first convolution.
  case stem
  /// Channels inside the residual units of a stage, 2 to 5.
  case inner(stage: Int)
  /// Channels that the residual units of a stage yield.
  case outer(stage: Int)
  /// Channels of the 3×3 convolution that looks for regions.
  case proposal
  /// Channels of the map that regions are pooled from, or that is classified.
  case head
  /// Units of the two hidden fully connected layers.
  case hidden
  /// Classes, the background among them.
  case classes
  /// Anchor boxes at each position.
  case anchors
  /// Channel groups of a deformable convolution that have offsets of their own.
  case deformableGroups

  /// The values that a file's shapes may give: others are no network, and products must stay small.
  var limits: ClosedRange<Int> { self == .anchors ? 1...60 : 1...65_536 }
}

/// How many filters a layer has: a constant, or a multiple of a size.
struct FilterCount: ExpressibleByIntegerLiteral {
  let factor: Int
  let size: NetworkSize?

  init(integerLiteral value: Int) { (factor, size) = (value, nil) }

  init(_ factor: Int, _ size: NetworkSize? = nil) { (self.factor, self.size) = (factor, size) }

  static let stem = FilterCount(1, .stem)
  static func inner(_ stage: Int) -> FilterCount { FilterCount(1, .inner(stage: stage)) }
  static func outer(_ stage: Int) -> FilterCount { FilterCount(1, .outer(stage: stage)) }
  static let proposal = FilterCount(1, .proposal)
  static let head = FilterCount(1, .head)
  static let hidden = FilterCount(1, .hidden)
  static let classes = FilterCount(1, .classes)
  static let anchors = FilterCount(1, .anchors)
  static let deformableGroups = FilterCount(1, .deformableGroups)

  static func * (factor: Int, count: FilterCount) -> FilterCount {
    FilterCount(factor * count.factor, count.size)
  }
}
