package import Bytes

extension Picture {
  /// Which way up the pixels come.
  package enum Orientation: Sendable {
    /// As the file stores them, whatever its EXIF says: the released networks were fed so
    /// (`cv2.IMREAD_IGNORE_ORIENTATION` in Deformable-ConvNets `lib/utils/image.py`).
    case asStored
    /// Turned as EXIF says, which is what picture viewers and a plain `cv2.imread` do.
    case upright
  }

  /// Whether the bytes begin like a file that `init(decoding:)` reads.
  package static func recognises(_ bytes: RawSpan) -> Bool { FileKind(of: bytes) != nil }

  /// Decodes a PNG or JPEG file, bit for bit as OpenCV's `imread` with `IMREAD_COLOR` does.
  ///
  /// Unlike there, a file that is cut short or damaged is an error, not a picture with grey parts.
  ///
  /// - Throws: `ByteError` where the file is neither, is damaged, or claims more than the limits allow.
  package init(
    decoding bytes: RawSpan, file: String, orientation: Orientation = .asStored
  ) throws(ByteError) {
    let stored: Picture
    switch FileKind(of: bytes) {
    case .png: stored = try Picture(png: bytes, file: file)
    case .jpeg: stored = try Picture(jpeg: bytes, file: file)
    case nil:
      throw ByteError(
        .content(
          found: bytes.isEmpty ? "an empty file" : "another format", expected: "a PNG or JPEG picture"),
        file: file)
    }
    switch orientation {
    case .asStored: self = stored
    case .upright: self = stored.turned(Picture.storedTurn(of: bytes))
    }
  }

  /// Decodes the PNG or JPEG file of this path.
  ///
  /// - Throws: `ByteError` where it cannot be read, or as `init(decoding:)`.
  package init(path: String, orientation: Orientation = .asStored) throws(ByteError) {
    let file = try MappedFile(path: path)
    try self.init(decoding: file.bytes, file: path, orientation: orientation)
  }

  /// The EXIF orientation that the file carries; `.none` where it has none or a meaningless one.
  package static func storedTurn(of bytes: RawSpan) -> Turn {
    let block: Range<Int>? =
      switch FileKind(of: bytes) {
      case .png: pngEXIF(in: bytes)
      case .jpeg: jpegEXIF(in: bytes)
      case nil: nil
      }
    return block.flatMap { Turn(exif: bytes.extracting($0)) } ?? .none
  }
}

private enum FileKind {
  case png, jpeg

  init?(of bytes: RawSpan) {
    let signatures: [(FileKind, [UInt8])] = [
      (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.jpeg, [0xFF, 0xD8, 0xFF]),
    ]
    for (kind, signature) in signatures where bytes.byteCount >= signature.count {
      if signature.indices.allSatisfy({ bytes.byte(at: $0) == signature[$0] }) {
        self = kind
        return
      }
    }
    return nil
  }
}

extension RawSpan {
  /// - Precondition: the offset lies in the span.
  func byte(at offset: Int) -> UInt8 {
    precondition(0..<byteCount ~= offset, "byte \(offset) of \(byteCount)")
    // SAFETY: the offset lies in the span, and any bits are a byte.
    return unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
  }
}

/// Refuses a picture that is too large, or larger than so short a file can hold.
///
/// - Throws: `ByteError.limit`, or `.content` where not even the densest coding would fill the picture.
func checkSize(
  width: Int, height: Int, atMost pixelsHeld: Int, file: String, offset: Int
) throws(ByteError) {
  let size = "\(width)×\(height) pixels"
  guard width > 0, height > 0 else {
    throw ByteError(
      .content(found: size, expected: "at least one pixel"), file: file, offset: offset, field: "size")
  }
  for side in [width, height] where side > Limits.pictureSide {
    throw ByteError(
      .limit(name: "pixels of a picture's side", found: "\(side)", limit: Limits.pictureSide),
      file: file, offset: offset, field: "size")
  }
  // Both sides are below 2^20, so that the product fits.
  guard width * height <= Limits.picturePixels else {
    throw ByteError(
      .limit(name: "pixels of a picture", found: size, limit: Limits.picturePixels),
      file: file, offset: offset, field: "size")
  }
  guard width * height <= pixelsHeld else {
    throw ByteError(
      .content(
        found: size, expected: "no more than the \(pixelsHeld) that so short a file can hold (truncated?)"),
      file: file, offset: offset, field: "size")
  }
}
