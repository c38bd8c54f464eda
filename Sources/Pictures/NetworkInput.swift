internal import Bytes

/// A picture as a network takes it: resized, padded, and with the mean colour subtracted.
///
/// Bit for bit what Deformable-ConvNets `lib/utils/image.py` makes of the same picture with OpenCV.
package struct NetworkInput: Sendable {
  /// How the picture is resized and padded, and what is subtracted.
  package struct Rule: Hashable, Sendable {
    /// Pixels that the shorter side becomes, unless the longer one would pass `longSide`.
    package var shortSide: Int
    package var longSide: Int
    /// Both sides are padded, right and below, to a multiple of this; 0 or 1 for none.
    package var stride: Int
    package var means: Means
    /// Whether the first channel of the result is red, not blue.
    package var startsWithRed: Bool

    package init(
      shortSide: Int, longSide: Int, stride: Int = 0, means: Means,
      startsWithRed: Bool = true
    ) {
      self.shortSide = shortSide
      self.longSide = longSide
      self.stride = stride
      self.means = means
      self.startsWithRed = startsWithRed
    }

    /// What both sides of a picture are multiplied by.
    package func scale(width: Int, height: Int) -> Double {
      let short = Double(min(width, height))
      let long = Double(max(width, height))
      let scale = Double(shortSide) / short
      return (scale * long).rounded(.toNearestOrEven) > Double(longSide) ? Double(longSide) / long : scale
    }
  }

  /// What is subtracted from each channel, in pixel values of 0 to 255.
  package struct Means: Hashable, Sendable {
    package var red: Double
    package var green: Double
    package var blue: Double

    package init(red: Double, green: Double, blue: Double) {
      self.red = red
      self.green = green
      self.blue = blue
    }
  }

  /// Rows of the result, padding counted.
  package let height: Int
  package let width: Int
  /// Rows and columns that the picture itself fills, from the upper left corner.
  package let contentHeight: Int
  package let contentWidth: Int
  /// Pixels of the result for one of the picture.
  package let scale: Double
  /// [3, height, width].
  package let values: [Float]

  /// The second input of the detection networks: height and width with the padding, and the scale.
  package var info: [Float] { [Float(height), Float(width), Float(scale)] }

  /// Nil where a side would vanish or pass the limits of pictures.
  package init?(_ picture: Picture, _ rule: Rule) {
    guard rule.shortSide > 0, rule.longSide > 0, rule.stride >= 0, picture.width > 0, picture.height > 0
    else { return nil }
    let scale = rule.scale(width: picture.width, height: picture.height)
    guard let resized = picture.resized(by: scale),
      let height = padded(resized.height, rule.stride), let width = padded(resized.width, rule.stride),
      height * width <= Limits.picturePixels
    else { return nil }
    var values: [Float] = []
    values.reserveCapacity(3 * height * width)
    let means = [rule.means.red, rule.means.green, rule.means.blue]
    for channel in rule.startsWithRed ? [0, 1, 2] : [2, 1, 0] {
      // Subtracted in Double and rounded once; the padding is black before the subtraction.
      let table = (0...255).map { Float(Double($0) - means[channel]) }
      resized.appendPlane(channel, as: table, width: width, to: &values)
      values.append(contentsOf: repeatElement(table[0], count: (height - resized.height) * width))
    }
    self.height = height
    self.width = width
    contentHeight = resized.height
    contentWidth = resized.width
    self.scale = scale
    self.values = values
  }
}

/// The side rounded up to a multiple of the stride; nil beyond the limit of pictures.
private func padded(_ side: Int, _ stride: Int) -> Int? {
  guard stride > 1 else { return side }
  guard stride <= Limits.pictureSide else { return nil }
  let result = (side + stride - 1) / stride * stride
  return result <= Limits.pictureSide ? result : nil
}

extension Picture {
  /// Appends one channel with each value replaced by the table's, and rows filled up with the value of 0.
  fileprivate func appendPlane(_ channel: Int, as table: [Float], width: Int, to values: inout [Float]) {
    let bytes = pixels.span
    let table = table.span
    for y in 0..<height {
      for x in 0..<self.width { values.append(table[Int(bytes[(y * self.width + x) * 3 + channel])]) }
      for _ in self.width..<width { values.append(table[0]) }
    }
  }
}
