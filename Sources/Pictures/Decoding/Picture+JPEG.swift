internal import Bytes
internal import CPictures

extension Picture {
  /// - Throws: `ByteError` with the place where the file is not a sound JPEG.
  init(jpeg bytes: RawSpan, file: String) throws(ByteError) {
    // SAFETY: libjpeg reads inside the buffer alone, which outlives the reader.
    self = try unsafe bytes.withUnsafeBytes { source throws(ByteError) in
      guard let start = unsafe source.baseAddress?.assumingMemoryBound(to: UInt8.self),
        let reader = unsafe dcn_jpeg_open(start, source.count)
      else { throw ByteError(.content(found: "no memory", expected: "a decoder"), file: file) }
      defer { unsafe dcn_jpeg_close(reader) }
      try unsafe Picture.check(reader, file)
      let width = Int(unsafe dcn_jpeg_width(reader))
      let height = Int(unsafe dcn_jpeg_height(reader))
      let channels = Int(unsafe dcn_jpeg_channels(reader))
      // A coded block takes at least one bit; at the oddest sampling (4 × 1 beside 1 × 4) 8 of them make
      // 32 × 32 pixels.
      try checkSize(
        width: width, height: height, atMost: source.count * 1024, file: file,
        offset: unsafe dcn_jpeg_offset(reader))
      var pixels = [UInt8](repeating: 0, count: width * height * channels)
      // SAFETY: the array has the rows that the reader was asked about.
      _ = unsafe pixels.withUnsafeMutableBufferPointer { target in
        unsafe dcn_jpeg_read(reader, target.baseAddress, Int32(Limits.jpegScans))
      }
      try unsafe Picture.check(reader, file)
      if channels == 4 { pixels = Picture.fromInverseCMYK(pixels) }
      return Picture(width: width, height: height, pixels: pixels)
    }
  }

  /// - Throws: what the reader met, if anything.
  private static func check(_ reader: OpaquePointer, _ file: String) throws(ByteError) {
    let message = unsafe String(cString: dcn_jpeg_message(reader))
    guard !message.isEmpty else { return }
    throw ByteError(
      .content(found: message, expected: "a sound JPEG"), file: file, offset: unsafe dcn_jpeg_offset(reader))
  }

  /// [count, 4] cyan, magenta, yellow, black, each as 255 minus the ink as Adobe writes them, to [count, 3].
  ///
  /// The products are cut to integers as in OpenCV's `icvCvt_CMYK2BGR_8u_C4C3R`, which assumes Adobe's
  /// inversion of every file.
  private static func fromInverseCMYK(_ inks: [UInt8]) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: inks.count / 4 * 3)
    for pixel in 0..<inks.count / 4 {
      let black = Int(inks[4 * pixel + 3])
      for channel in 0..<3 {
        let ink = 255 - Int(inks[4 * pixel + channel])
        pixels[3 * pixel + channel] = UInt8(black - (ink * black) >> 8)
      }
    }
    return pixels
  }

  /// Where a JPEG's EXIF block is: the first APP1 segment that says `Exif` (CIPA DC-008, 4.5.4).
  static func jpegEXIF(in bytes: RawSpan) -> Range<Int>? {
    var place = 2
    while place + 4 <= bytes.byteCount, bytes.byte(at: place) == 0xFF {
      let marker = bytes.byte(at: place + 1)
      if marker == 0xFF {  // fill bytes may stand before a marker
        place += 1
        continue
      }
      guard marker != 0xDA, marker != 0xD9 else { return nil }
      let length = Int(bytes.byte(at: place + 2)) << 8 | Int(bytes.byte(at: place + 3))
      let end = place + 2 + length
      guard length >= 2, end <= bytes.byteCount else { return nil }
      let name: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]  // "Exif" and two zeros
      if marker == 0xE1, length >= 2 + name.count,
        name.indices.allSatisfy({ bytes.byte(at: place + 4 + $0) == name[$0] })
      {
        return place + 4 + name.count..<end
      }
      place = end
    }
    return nil
  }
}
