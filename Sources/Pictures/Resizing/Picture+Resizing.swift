internal import Bytes

extension Picture {
  /// The picture with both sides multiplied, as OpenCV's `resize` with `INTER_LINEAR` makes it of 8-bit pixels.
  ///
  /// Sides are rounded half to even. Weights have 11 bits, sums are cut between the two directions, and a
  /// scale of exactly ½ averages 2 × 2 pixels instead: the bits are those of OpenCV 3 to 5
  /// (`modules/imgproc/src/resize.cpp`).
  ///
  /// Nil where the scale is not a positive number, a side would vanish, or the limits of pictures are passed.
  package func resized(by scale: Double) -> Picture? {
    guard scale.isFinite, scale > 0,
      let newWidth = Int(checked: (Double(width) * scale).rounded(.toNearestOrEven)),
      let newHeight = Int(checked: (Double(height) * scale).rounded(.toNearestOrEven)),
      1...Limits.pictureSide ~= newWidth, 1...Limits.pictureSide ~= newHeight,
      newWidth * newHeight <= Limits.picturePixels
    else { return nil }
    if newWidth == width, newHeight == height { return self }
    // 1/scale is what OpenCV compares, with this tolerance.
    if abs(1 / scale - 2) < Double.ulpOfOne { return halved(newWidth, newHeight) }
    let columns = BilinearTaps(from: width, to: newWidth, scale: scale).settledAtEdges(of: width)
    let rows = BilinearTaps(from: height, to: newHeight, scale: scale)
    return interpolated(columns, rows)
  }

  private func interpolated(_ columns: BilinearTaps, _ rows: BilinearTaps) -> Picture {
    var result = [UInt8](repeating: 0, count: columns.count * rows.count * 3)
    var upper = InterpolatedRow(count: columns.count)
    var lower = InterpolatedRow(count: columns.count)
    for y in 0..<rows.count {
      let (first, second) = rows.places(y, clampedTo: height)
      // Enlarging, most rows need the two that the row before needed, or the lower of them.
      if upper.source != first { swap(&upper, &lower) }
      if upper.source != first { upper.fill(from: self, row: first, columns) }
      if lower.source != second { lower.fill(from: self, row: second, columns) }
      let weights = rows.weights[y]
      var target = result.mutableSpan
      let above = upper.sums.span
      let below = lower.sums.span
      let start = y * columns.count * 3
      for index in 0..<above.count {
        // 22 bits of weight: 4 are cut from the sums, 16 from the products, the last 2 rounded.
        let sum =
          (weights.first &* (above[index] >> 4)) >> 16 &+ (weights.second &* (below[index] >> 4)) >> 16
        target[start + index] = UInt8(clamping: (sum &+ 2) >> 2)
      }
    }
    return Picture(width: columns.count, height: rows.count, pixels: result)
  }

  /// Means of 2 × 2 pixels; at an odd edge of those that are there.
  private func halved(_ newWidth: Int, _ newHeight: Int) -> Picture {
    var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    var target = result.mutableSpan
    let source = pixels.span
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let corner = (2 * y * width + 2 * x) * 3
        let right = 2 * x + 1 < width ? 3 : 0
        let below = 2 * y + 1 < height ? width * 3 : 0
        for channel in corner..<corner + 3 {
          // At an edge the pixels that are there count double, which leaves their mean as it is.
          let sum =
            Int(source[channel]) + Int(source[channel + right]) + Int(source[channel + below])
            + Int(source[channel + below + right])
          // Four are rounded half up, fewer half to even.
          let isWhole = right > 0 && below > 0
          let mean = isWhole ? (sum + 2) >> 2 : Int((Float(sum) / 4).rounded(.toNearestOrEven))
          target[(y * newWidth + x) * 3 + channel - corner] = UInt8(mean)
        }
      }
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }
}

/// Which two source pixels of one direction make each target pixel, and with which weights of 2048 in all.
struct BilinearTaps {
  /// The first of the two; −1 and the last are possible, and are clamped by the user.
  private(set) var sources: [Int] = []
  private(set) var weights: [(first: Int32, second: Int32)] = []

  var count: Int { sources.count }

  init(from side: Int, to newSide: Int, scale: Double) {
    let step = 1 / scale
    for target in 0..<newSide {
      let position = Float((Double(target) + 0.5) * step - 0.5)
      let base = position.rounded(.down)
      let fraction = position - base
      sources.append(Int(base))
      weights.append((Self.fixed(1 - fraction), Self.fixed(fraction)))
    }
  }

  /// The taps with all weight on one pixel where the other would lie outside.
  ///
  /// OpenCV does so for columns alone; rows keep two weights, whose sum may be 2047.
  func settledAtEdges(of side: Int) -> BilinearTaps {
    var taps = self
    for target in sources.indices where !(0..<side - 1 ~= sources[target]) {
      taps.weights[target] = (2048, 0)
    }
    return taps
  }

  private static func fixed(_ weight: Float) -> Int32 {
    Int32((weight * 2048).rounded(.toNearestOrEven))
  }

  /// The two sources of a target, moved to the edge where they lie beyond it.
  func places(_ target: Int, clampedTo side: Int) -> (first: Int, second: Int) {
    let source = sources[target]
    return (min(max(source, 0), side - 1), min(max(source + 1, 0), side - 1))
  }
}

/// One source row resized across: channel sums of 11 more bits than a pixel.
private struct InterpolatedRow {
  private(set) var source = -1
  private(set) var sums: [Int32]

  init(count: Int) { sums = [Int32](repeating: 0, count: count * 3) }

  mutating func fill(from picture: Picture, row: Int, _ columns: BilinearTaps) {
    source = row
    let pixels = picture.pixels.span
    var target = sums.mutableSpan
    let start = row * picture.width
    for x in 0..<columns.count {
      let (first, second) = columns.places(x, clampedTo: picture.width)
      let weights = columns.weights[x]
      for channel in 0..<3 {
        target[3 * x + channel] =
          weights.first &* Int32(pixels[(start + first) * 3 + channel])
          &+ weights.second &* Int32(pixels[(start + second) * 3 + channel])
      }
    }
  }
}
