/// How the channels of one image's map stand, as planes or channels last.
package struct PlaneStrides: Hashable, Sendable {
  /// Elements from one position to the next, and from one channel to the next.
  package var position: Int
  package var channel: Int

  package init(position: Int, channel: Int) {
    self.position = position
    self.channel = channel
  }

  /// Elements from the first to the last of so many.
  package func extent(positions: Int, channels: Int) -> Int {
    positions > 0 && channels > 0 ? (positions - 1) * position + (channels - 1) * channel + 1 : 0
  }
}

/// Rows of samples of which places and weights are known.
///
/// Those of eight positions stand side by side: `[⌈positions / 8⌉, taps, 8]` places, and `[⌈positions / 8⌉, taps, 4, 8]`
/// weights. Behind the last position stand some that are in the map, but nobody's.
package struct LocatedRows: Sendable {
  package var map: RimmedMap
  package var positions: Int
  package var taps: Int
  /// Of each pixel.
  package var channels: Range<Int>
  /// Elements from one row to the next, and in a row from one tap to the next.
  package var rowStride: Int
  package var tapStride: Int
  /// Of the mask, of which a tap is a channel.
  package var mask: PlaneStrides

  package init(
    map: RimmedMap, positions: Int, taps: Int, channels: Range<Int>, rowStride: Int, tapStride: Int,
    mask: PlaneStrides
  ) {
    self.map = map
    self.positions = positions
    self.taps = taps
    self.channels = channels
    self.rowStride = rowStride
    self.tapStride = tapStride
    self.mask = mask
  }

  /// So many positions, and those that fill up the last eight.
  @inlinable package static func padded(_ positions: Int) -> Int { (positions &+ 7) / 8 &* 8 }
}
