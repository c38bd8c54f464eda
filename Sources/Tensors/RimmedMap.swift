/// A map of one image with a rim of a pixel around it, and zeros behind: `[H + 2, W + 2, channels]` and W + 4 pixels
/// more.
///
/// Every sample that counts then has its four neighbours where they always are, and one that does not has four
/// zeros.
package struct RimmedMap: Hashable, Sendable {
  /// Without the rim.
  package let size: Extent
  package let channels: Int

  /// - Precondition: one layer of depth.
  package init(_ size: Extent, channels: Int) {
    precondition(size.depth == 1 && channels >= 1, "\(size), \(channels)")
    self.size = size
    self.channels = channels
  }

  /// Elements from one row to the next.
  @inlinable package var lineStride: Int { (size.width &+ 2) &* channels }
  /// Where four neighbours are zeros.
  @inlinable package var nowhere: Int { (size.height &+ 2) &* lineStride }
  package var elementCount: Int { nowhere + (size.width + 4) * channels }

  /// The first element of a pixel; those of the rim have −1, or the height or width.
  @inlinable package func start(_ row: Int, _ column: Int) -> Int {
    (row &+ 1) &* lineStride &+ (column &+ 1) &* channels
  }
}
