package import Tensors

/// In which order a value's elements stand in memory.
package enum Layout: Hashable, Sendable {
  /// Row-major in the logical shape: `[N, C, H, W]`.
  case logical
  /// Row-major with axis 1 moved to the end: `[N, H, W, C]`. Below three dimensions it is the logical order.
  case channelsLast
  /// Channels-last with the channels regrouped, `[N, H, W, groups, C / groups]`: channel k·groups + g stands as
  /// channel k of group g. Position-sensitive pooling reads the classes of a group as vectors so.
  case grouped(Int)

  /// The dimensions in memory order.
  package func physical(_ shape: Shape) -> [Int] {
    let sizes = shape.dimensions
    guard sizes.count >= 3 else { return sizes }
    switch self {
    case .logical: return sizes
    case .channelsLast: return [sizes[0]] + sizes[2...] + [sizes[1]]
    case .grouped(let groups): return [sizes[0]] + sizes[2...] + [groups, sizes[1] / groups]
    }
  }

  /// Where a logical axis stands in memory order, `rank` dimensions in all.
  ///
  /// - Precondition: the channels are not regrouped, or the axis is another.
  package func physicalAxis(_ axis: Int, rank: Int) -> Int {
    guard self != .logical, rank >= 3, axis >= 1 else { return axis }
    if axis == 1, case .grouped = self { preconditionFailure("the channels of \(self) are two axes") }
    return axis == 1 ? rank - 1 : axis - 1
  }

  /// Whether elements of such a shape stand in the same order in both layouts.
  package func agrees(with other: Layout, on shape: Shape) -> Bool {
    guard self != other, shape.rank >= 3, shape.count > 1 else { return true }
    guard !regroups(shape), !other.regroups(shape) else { return false }
    return (self == .logical) == (other == .logical) || shape[1] == 1
      || shape.dimensions[2...].allSatisfy { $0 == 1 }
  }

  /// Whether channels stand in another order than their own.
  private func regroups(_ shape: Shape) -> Bool {
    guard case .grouped(let groups) = self else { return false }
    return groups > 1 && groups < shape[1]
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
  /// As `channelsLast`, but the first input's channels in so many groups (`Layout.grouped`).
  case grouped(Int)
  /// As `grouped`, but the output, computed by blocks or regions, is written in whatever layout the reader wants;
  /// with `takesPlanes` the first input is also taken in logical order if it stands so, and the others then too.
  case blocks(groups: Int = 1, takesPlanes: Bool = false)
  /// All inputs and outputs in one layout, whichever it is: elementwise work, or work along one axis, which
  /// the site tells by `axis`. It is channels-last only where all inputs and outputs have the same rank.
  case any
  /// Each input in whatever layout it has, which preparation folds into the parameters; outputs in logical
  /// order.
  case absorbing
}
