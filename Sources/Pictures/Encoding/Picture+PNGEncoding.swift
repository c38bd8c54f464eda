package import Bytes
internal import CPictures

extension Picture {
  /// The bytes of a PNG file; the same pixels give the same bytes.
  ///
  /// - Parameter file: what an error names.
  /// - Throws: `ByteError` where memory runs out.
  /// - Precondition: the picture has pixels.
  package func png(file: String) throws(ByteError) -> [UInt8] {
    try encodePNG(pixels, width, height, palette: nil, file: file)
  }
}

extension Picture {
  /// Writes a PNG file that appears whole or not at all.
  ///
  /// - Parameter replacing: whether a file of this path may be replaced.
  /// - Throws: `ByteError` where it cannot be written.
  package func writePNG(path: String, replacing: Bool) throws(ByteError) {
    let bytes = try png(file: path)
    let file = try AtomicFile(path: path, durable: false)
    // SAFETY: any bytes of an array of integers may be read, and the array outlives the call.
    try unsafe file.write(bytes.span.bytes, at: 0)
    try file.commit(replacing: replacing)
  }
}

extension LabelMap {
  /// The bytes of a PNG file whose pixels are the labels, shown in the palette's colours.
  ///
  /// - Throws: `ByteError` where memory runs out.
  /// - Precondition: the map has labels.
  package func png(_ palette: Palette, file: String) throws(ByteError) -> [UInt8] {
    let colors = (0..<256).flatMap { label in
      let color = palette[label]
      return [color.red, color.green, color.blue]
    }
    return try encodePNG(labels, width, height, palette: colors, file: file)
  }
}

private func encodePNG(
  _ pixels: [UInt8], _ width: Int, _ height: Int, palette: [UInt8]?, file: String
) throws(ByteError) -> [UInt8] {
  precondition(width > 0 && height > 0, "\(width)×\(height)")
  // SAFETY: both arrays outlive the call, and have the sizes that the callers' types promise.
  let bytes = unsafe pixels.withUnsafeBufferPointer { pixels in
    unsafe (palette ?? []).withUnsafeBufferPointer { colors -> [UInt8]? in
      var source = unsafe dcn_png_source(
        pixels: pixels.baseAddress, width: UInt32(width), height: UInt32(height),
        palette: palette == nil ? nil : colors.baseAddress)
      var count = 0
      guard let start = unsafe dcn_png_encode(&source, &count) else { return nil }
      defer { unsafe dcn_png_free(start) }
      return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }
  }
  guard let bytes else { throw ByteError(.system(call: "encode PNG", code: 12), file: file) }
  return bytes
}
