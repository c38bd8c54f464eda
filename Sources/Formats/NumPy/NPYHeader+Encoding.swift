internal import Tensors

extension NPYHeader {
  /// The bytes before a tensor's elements; nil where numpy has no such element type.
  static func encoded(_ elementType: ElementType, _ shape: Shape) -> [UInt8]? {
    guard let name = types.first(where: { $0.value == elementType })?.key else { return nil }
    return encoded((elementType.bitCount == 8 ? "|" : "<") + name, shape)
  }

  /// A text as numpy's UTF-32 scalar, whole.
  static func encodedText(_ text: String) -> [UInt8] {
    // numpy knows no text of no characters; it takes zeros off the end again.
    let scalars = text.isEmpty ? [0] : text.unicodeScalars.map(\.value)
    return encoded("<U\(scalars.count)", [])
      + scalars.flatMap { code in (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) } }
  }

  /// Version 1 of the format, filled up so that the elements begin at a multiple of 64 bytes.
  private static func encoded(_ descriptor: String, _ shape: Shape) -> [UInt8] {
    let dimensions = shape.dimensions.map { "\($0)," }.joined(separator: " ")
    let text = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(dimensions)), }"
    let fill = 63 - (10 + text.utf8.count) % 64
    let length = text.utf8.count + fill + 1
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
      + Array(text.utf8) + Array(repeating: 0x20, count: fill) + [0x0A]
  }
}
