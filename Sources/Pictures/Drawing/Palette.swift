/// A colour for each class number.
package struct Palette: Hashable, Sendable {
  private let colors: [Color]

  /// - Precondition: there are at most 256; the others are black.
  package init(_ colors: [Color]) {
    precondition(colors.count <= 256, "\(colors.count) colours")
    self.colors = colors
  }

  package subscript(_ label: Int) -> Color { colors.indices ~= label ? colors[label] : .black }

  /// PASCAL VOC's: the three lowest bits of a number go to the highest bits of red, green and blue, the next
  /// three to the next ones, and so on (VOC2012 development kit, `VOClabelcolormap`).
  package static let voc = Palette(
    (0..<256).map { label in
      var channels: [UInt8] = [0, 0, 0]
      for bit in 0..<8 where label >> bit & 1 == 1 { channels[bit % 3] |= 0x80 >> (bit / 3) }
      return Color(red: channels[0], green: channels[1], blue: channels[2])
    })

  /// Cityscapes' 19 classes of evaluation, in their order (cityscapesScripts, `labels.py`, `trainId`).
  package static let cityscapes = Palette(
    [
      0x80_4080, 0xF4_23E8, 0x46_4646, 0x66_669C, 0xBE_9999, 0x99_9999, 0xFA_AA1E, 0xDC_DC00, 0x6B_8E23,
      0x98_FB98, 0x46_82B4, 0xDC_143C, 0xFF_0000, 0x00_008E, 0x00_0046, 0x00_3C64, 0x00_5064, 0x00_00E6,
      0x77_0B20,
    ].map { Color($0) })

  /// Bright colours whose neighbours differ most: hues a golden section of the circle apart.
  package static let distinct = Palette((0..<256).map { Color(hue: Double($0) * 0.618_033_988_749_895) })
}

extension Color {
  /// A bright colour; `hue` counts turns of the circle from red over green and blue.
  init(hue: Double) {
    func channel(_ shift: Double) -> UInt8 {
      let turn = hue + shift
      // A trapezium: full for a third of the circle around its own hue, none for a third opposite.
      let distance = abs((turn - turn.rounded(.down)) * 6 - 3)
      return UInt8(48 + 207 * min(max(distance - 1, 0), 1))
    }
    self.init(red: channel(0), green: channel(2.0 / 3), blue: channel(1.0 / 3))
  }

  /// Black or white, whichever is easier to read on this colour (luma of ITU-R BT.601).
  var legibleInk: Color {
    299 * Int(red) + 587 * Int(green) + 114 * Int(blue) > 140_000 ? .black : .white
  }

  /// This colour laid over another; `opacity` of 256 hides it.
  func blended(over other: Color, opacity: Int) -> Color {
    func mix(_ top: UInt8, _ bottom: UInt8) -> UInt8 {
      UInt8((Int(top) * opacity + Int(bottom) * (256 - opacity) + 128) >> 8)
    }
    return Color(
      red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
  }
}
