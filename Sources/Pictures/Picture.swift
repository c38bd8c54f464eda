/// Colour pixels of 8 bits a channel.
package struct Picture: Hashable, Sendable, CustomStringConvertible {
  package let width: Int
  package let height: Int
  /// [height, width, 3] red, green, blue, row after row, without padding.
  package internal(set) var pixels: [UInt8]

  /// - Precondition: neither side is negative, and there are three bytes for each pixel.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width >= 0 && height >= 0, "\(width)×\(height)")
    precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// One colour all over.
  package init(width: Int, height: Int, filledWith color: Color = .black) {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    if color != .black {
      for pixel in stride(from: 0, to: pixels.count, by: 3) {
        (pixels[pixel], pixels[pixel + 1], pixels[pixel + 2]) = (color.red, color.green, color.blue)
      }
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The pixel's colour.
  ///
  /// - Precondition: the place lies in the picture.
  package subscript(x: Int, y: Int) -> Color {
    get {
      let place = offset(x, y)
      return Color(red: pixels[place], green: pixels[place + 1], blue: pixels[place + 2])
    }
    set {
      let place = offset(x, y)
      (pixels[place], pixels[place + 1], pixels[place + 2]) = (newValue.red, newValue.green, newValue.blue)
    }
  }

  package var description: String { "a picture of \(width)×\(height) pixels" }

  private func offset(_ x: Int, _ y: Int) -> Int {
    precondition(0..<width ~= x && 0..<height ~= y, "(\(x), \(y)) of \(width)×\(height)")
    return (y * width + x) * 3
  }
}

/// A colour of 8 bits a channel.
package struct Color: Hashable, Sendable {
  package var red: UInt8
  package var green: UInt8
  package var blue: UInt8

  package init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// `0xRRGGBB`.
  package init(_ hexadecimal: UInt32) {
    red = UInt8(truncatingIfNeeded: hexadecimal >> 16)
    green = UInt8(truncatingIfNeeded: hexadecimal >> 8)
    blue = UInt8(truncatingIfNeeded: hexadecimal)
  }

  package static let black = Color(0x000000)
  package static let white = Color(0xFFFFFF)
}
