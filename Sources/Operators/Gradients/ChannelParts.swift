/// Channels cut into parts that are worked on independently: runs of one group, or several whole groups.
///
/// The cut follows from the shape alone, never from the number of threads.
struct ChannelParts: Sendable {
  /// In ascending order, without a gap.
  let parts: [Range<Int>]
  let groupSize: Int

  /// - Parameters:
  ///   - channels: a multiple of the groups.
  ///   - limit: most channels of a part.
  init(_ channels: Int, groups: Int, limit: Int) {
    let size = max(1, channels / max(1, groups))
    groupSize = size
    let step = size >= limit ? limit : limit / size * size
    var parts: [Range<Int>] = []
    var first = 0
    while first < channels {
      let groupEnd = (first / size + 1) * size
      let end = min(size >= limit ? min(first + step, groupEnd) : first + step, channels)
      parts.append(first..<end)
      first = end
    }
    self.parts = parts
  }

  var count: Int { parts.count }

  subscript(index: Int) -> Range<Int> { parts[index] }

  /// The groups that a part is of.
  func groups(of index: Int) -> Range<Int> {
    let part = parts[index]
    return part.lowerBound / groupSize..<(part.upperBound - 1) / groupSize + 1
  }

  /// The parts that hold channels of a group, in order.
  func parts(of group: Int) -> [Int] { parts.indices.filter { groups(of: $0).contains(group) } }
}
