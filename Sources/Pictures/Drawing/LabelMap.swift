/// A class number for each pixel.
package struct LabelMap: Hashable, Sendable, CustomStringConvertible {
  package let width: Int
  package let height: Int
  /// [height, width], row after row.
  package let labels: [UInt8]

  /// - Precondition: there is a label for each pixel.
  package init(width: Int, height: Int, labels: [UInt8]) {
    precondition(width >= 0 && height >= 0, "\(width)×\(height)")
    precondition(labels.count == width * height, "\(labels.count) labels for \(width)×\(height)")
    self.width = width
    self.height = height
    self.labels = labels
  }

  package var description: String { "a map of \(width)×\(height) labels" }

  /// The labels of another grid over the same area: each of the nearest pixel, by the pixels' centres.
  ///
  /// - Precondition: this map and the new one have pixels.
  package func resized(width newWidth: Int, height newHeight: Int) -> LabelMap {
    precondition(width > 0 && height > 0 && newWidth > 0 && newHeight > 0, "\(newWidth)×\(newHeight)")
    if newWidth == width, newHeight == height { return self }
    let columns = (0..<newWidth).map { (2 * $0 + 1) * width / (2 * newWidth) }
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight)
    for y in 0..<newHeight {
      let row = (2 * y + 1) * height / (2 * newHeight) * width
      for column in columns { result.append(labels[row + column]) }
    }
    return LabelMap(width: newWidth, height: newHeight, labels: result)
  }

  /// Pixels of each class number, 0 to 255.
  package var histogram: [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }
}
