internal import Bytes
internal import Tensors

/// Where the parts of a pack are in its file.
///
/// ```
/// 0        8          12               16                48       48 + length
/// | magic  | version  | header length  | header SHA-256  | header | zeros | tensor | zeros | tensor …
/// | 8      | u32      | u32            | 32              |        | to a multiple of 64 before each tensor
/// ```
enum PackLayout {
  /// The first byte is no text's, and a transfer that changes line ends breaks the magic.
  static let magic: [UInt8] = [0x89, 0x44, 0x43, 0x4E, 0x50, 0x0D, 0x0A, 0x1A]
  static let version: UInt32 = 1
  /// Bytes before the header.
  static let prefixByteCount = 48
  /// Bytes that each tensor's start is a multiple of.
  static let alignment = 64

  /// Where the first tensor starts, in bytes.
  ///
  /// - Precondition: the length is below `Limits.packHeaderBytes`.
  static func payloadStart(headerByteCount: Int) -> Int {
    (prefixByteCount + headerByteCount + alignment - 1) & ~(alignment - 1)
  }

  /// Magic, version, length and digest of a header.
  static func prefix(headerByteCount: UInt32, digest: Digest) -> [UInt8] {
    func littleEndian(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return magic + littleEndian(version) + littleEndian(headerByteCount) + digest.bytes
  }
}

/// One tensor of a pack's table.
struct PackRow: Sendable {
  let name: String
  let elementType: ElementType
  let shape: Shape
  /// From the start of the payload, in bytes.
  let offset: Int
  let byteCount: Int
  var sha256: Digest

  /// The first byte behind the tensor, from the start of the payload.
  var end: Int { offset + byteCount }
}

extension [PackRow] {
  /// Bytes from the first tensor's start to the last one's end.
  var payloadByteCount: Int { last?.end ?? 0 }
}
