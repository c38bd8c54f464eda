internal import Bytes
internal import CPictures

extension Picture {
  /// - Throws: `ByteError` with the place where the file is not a sound PNG.
  init(png bytes: RawSpan, file: String) throws(ByteError) {
    let header = try PNGHeader(bytes, file: file)
    try checkSize(
      width: header.width, height: header.height, atMost: header.pixelsHeld, file: file, offset: 16)
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * 3)
    // SAFETY: libpng reads inside the buffer alone, and writes `height` rows of three bytes a pixel, which
    // the array holds: its size was compared with the header's.
    let fault = unsafe bytes.withUnsafeBytes { source -> (text: String, offset: Int)? in
      guard let start = unsafe source.baseAddress?.assumingMemoryBound(to: UInt8.self),
        let reader = unsafe dcn_png_open(start, source.count)
      else { return ("no memory for the decoder", 0) }
      defer { unsafe dcn_png_close(reader) }
      let opened = unsafe String(cString: dcn_png_message(reader))
      guard opened.isEmpty else { return (opened, unsafe dcn_png_offset(reader)) }
      guard unsafe dcn_png_width(reader) == header.width, unsafe dcn_png_height(reader) == header.height
      else { return ("two headers that differ", 0) }
      let status = unsafe pixels.withUnsafeMutableBufferPointer { target in
        unsafe dcn_png_read(reader, target.baseAddress)
      }
      guard status == 0 else {
        return unsafe (String(cString: dcn_png_message(reader)), dcn_png_offset(reader))
      }
      return nil
    }
    if let fault {
      throw ByteError(
        .content(found: fault.text, expected: "a sound PNG"), file: file, offset: fault.offset)
    }
    self.init(width: header.width, height: header.height, pixels: pixels)
  }
}

/// What a PNG says of its size, and how much its compressed data could be (PNG 1.2, chapters 3 and 4).
struct PNGHeader {
  let width: Int
  let height: Int
  /// Pixels that the compressed data could expand to at the very most.
  let pixelsHeld: Int

  /// - Throws: `ByteError` where a chunk reaches beyond the file, or the first or last one is missing.
  init(_ bytes: RawSpan, file: String) throws(ByteError) {
    var reader = ByteReader(bytes, file: file)
    try reader.skip(8, "signature")
    guard try reader.read(UInt32.self, "length of the first chunk").byteSwapped == 13,
      try reader.text(4, "name of the first chunk") == "IHDR"
    else {
      throw ByteError(
        .content(found: "another chunk", expected: "IHDR, the header"), file: file, offset: 8, field: "chunk")
    }
    width = Int(try reader.read(UInt32.self, "width").byteSwapped)
    height = Int(try reader.read(UInt32.self, "height").byteSwapped)
    let depth = Int(try reader.read(UInt8.self, "bit depth"))
    let color = try reader.read(UInt8.self, "colour type")
    try reader.skip(3 + 4, "rest of the header")
    var compressed = 0
    while true {
      let chunk = try PNGChunk(&reader)
      if chunk.name == "IDAT" { compressed += chunk.range.count }
      if chunk.name == "IEND" { break }
    }
    // Deflate's densest code is 258 bytes in two bits.
    let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1
    pixelsHeld = compressed * 1032 * 8 / max(depth * channels, 1)
  }
}

/// One chunk of a PNG: its name and where its data is in the file.
struct PNGChunk {
  let name: String
  let range: Range<Int>

  /// - Throws: `ByteError` where the chunk reaches beyond the file.
  init(_ reader: inout ByteReader) throws(ByteError) {
    let length = Int(try reader.read(UInt32.self, "length of a chunk").byteSwapped)
    name = try reader.text(4, "name of a chunk")
    let start = reader.offset
    try reader.skip(length, "data of chunk '\(name)'")
    range = start..<reader.offset
    try reader.skip(4, "checksum of chunk '\(name)'")
  }
}

extension Picture {
  /// Where a PNG's EXIF block is (PNG 1.5 extensions, eXIf).
  static func pngEXIF(in bytes: RawSpan) -> Range<Int>? {
    var reader = ByteReader(bytes, file: "")
    guard (try? reader.skip(8, "signature")) != nil else { return nil }
    while let chunk = try? PNGChunk(&reader), chunk.name != "IEND" {
      if chunk.name == "eXIf" { return chunk.range }
    }
    return nil
  }
}
