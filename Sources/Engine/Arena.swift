/// Places blocks that live at different times in the same memory.
struct Arena {
  /// One block: its size, and the first and last step that need it.
  struct Block {
    let byteCount: Int
    let lifetime: ClosedRange<Int>
  }

  /// Byte offsets by block, multiples of 64.
  private(set) var offsets: [Int]
  /// Bytes of the whole.
  private(set) var byteCount = 0
  /// Bytes of the blocks that live together at the fullest step: no arrangement takes fewer.
  let leastByteCount: Int

  /// Large blocks first, each at the lowest place that is free while it lives.
  ///
  /// - Complexity: quadratic in the count of blocks.
  init(_ blocks: [Block]) {
    offsets = Array(repeating: 0, count: blocks.count)
    leastByteCount =
      blocks.map { fullest in
        blocks.reduce(0) { sum, block in
          block.lifetime.contains(fullest.lifetime.lowerBound) ? sum + block.byteCount : sum
        }
      }.max() ?? 0
    let order = blocks.indices.sorted {
      (blocks[$1].byteCount, $0) < (blocks[$0].byteCount, $1)
    }
    var placed: [Int] = []
    for index in order {
      let size = (blocks[index].byteCount + 63) / 64 * 64
      let neighbours = placed.filter { blocks[$0].lifetime.overlaps(blocks[index].lifetime) }
        .map { (start: offsets[$0], end: offsets[$0] + (blocks[$0].byteCount + 63) / 64 * 64) }
        .sorted { $0.start < $1.start }
      var offset = 0
      for neighbour in neighbours {
        if offset + size <= neighbour.start { break }
        offset = max(offset, neighbour.end)
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + size)
      placed.append(index)
    }
  }
}
