package import Tensors

/// In which order a value's elements stand in memory.
package enum Layout: Sendable {
  /// Row-major in the logical shape: `[N, C, H, W]`.
  case logical
  /// Row-major with axis 1 moved to the end: `[N, H, W, C]`. Below three dimensions it is the logical order.
  case channelsLast

  /// The dimensions in memory order.
  package func physical(_ shape: Shape) -> [Int] {
    let sizes = shape.dimensions
    guard self == .channelsLast, sizes.count >= 3 else { return sizes }
    return [sizes[0]] + sizes[2...] + [sizes[1]]
  }

  /// Where a logical axis stands in memory order, `rank` dimensions in all.
  package func physicalAxis(_ axis: Int, rank: Int) -> Int {
    guard self == .channelsLast, rank >= 3, axis >= 1 else { return axis }
    return axis == 1 ? rank - 1 : axis - 1
  }

  /// Whether both orders are the same for such a shape.
  package static func agree(on shape: Shape) -> Bool {
    guard shape.rank >= 3 else { return true }
    return shape[1] == 1 || shape.dimensions[2...].allSatisfy { $0 == 1 } || shape.count <= 1
  }
}

/// The layout in which an operator's evaluation takes its inputs and gives its outputs.
///
/// It concerns inputs of the role `.data`; parameters always come in logical order. The plan inserts the
/// permutations, and avoids them where it can.
package enum LayoutPreference: Sendable {
  /// Everything in logical order: the operator's rule is about the order itself (reshape, flatten).
  case logical
  /// Maps are taken and given channels-last: windows and samples then are contiguous vectors of channels.
  case channelsLast
  /// All inputs and outputs in one layout, whichever it is: elementwise work, or work along one axis, which
  /// the site tells by `axis`. It is channels-last only where all inputs and outputs have the same rank.
  case any
  /// Each input in whatever layout it has, which preparation folds into the parameters; outputs in logical
  /// order.
  case absorbing
}
