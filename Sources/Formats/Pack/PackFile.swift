package import Bytes
package import Graphs
package import Tensors

/// A native pack that has been opened: its header is checked and read, its tensors are still untouched.
package struct PackFile: Sendable {
  package let file: MappedFile
  /// SHA-256 of the header, which holds the digests of all tensors and so names the whole model.
  package let digest: Digest
  /// Its tensors are parts of the mapped file.
  package let model: Model
  let header: PackHeader
  /// Where the header ends and where the first tensor starts, in bytes.
  let headerEnd: Int
  let payloadStart: Int

  /// Reads the header of a mapped file; no tensor's bytes are looked at.
  ///
  /// - Throws: `FormatError` where the file is no pack, is truncated, or its header is not what it should be.
  package init(_ file: MappedFile) throws(FormatError) {
    self.file = file
    let (range, digest) = try PackFile.headerRange(file)
    self.digest = digest
    let bytes = file.bytes.extracting(range)
    guard Digest(of: bytes) == digest else {
      throw FormatError(
        file: file.path, place: "header", offset: range.lowerBound,
        "its SHA-256 is not the one before it: the file is damaged")
    }
    header = try PackDecoder.decode(bytes, file: file.path, origin: range.lowerBound)
    headerEnd = range.upperBound
    payloadStart = PackLayout.payloadStart(headerByteCount: range.count)
    let end = payloadStart.plusChecked(header.rows.payloadByteCount)
    guard let end, end == file.byteCount else {
      let expected = end.map(String.init) ?? "more than 2^63"
      throw FormatError(
        file: file.path, place: "payload", offset: payloadStart,
        "the file has \(file.byteCount) bytes, expected \(expected) (file truncated?)")
    }
    model = header.model(in: file, payloadStart: payloadStart)
  }

  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    return (try? hasMagic(&reader)) ?? false
  }

  @_lifetime(reader: copy reader)
  private static func hasMagic(_ reader: inout ByteReader) throws(ByteError) -> Bool {
    for byte in PackLayout.magic where try reader.read(UInt8.self, "magic") != byte { return false }
    return true
  }

  /// Where the header is, and the digest that it should have.
  private static func headerRange(
    _ file: MappedFile
  ) throws(FormatError) -> (range: Range<Int>, digest: Digest) {
    do throws(ByteError) {
      var reader = ByteReader(file.bytes, file: file.path)
      guard try hasMagic(&reader) else {
        throw ByteError(
          .content(found: "another file's start", expected: "a pack's magic"), file: file.path, offset: 0,
          field: "magic")
      }
      let version = try reader.read(UInt32.self, "version")
      guard version == PackLayout.version else {
        throw ByteError(
          .content(
            found: "version \(version)", expected: "\(PackLayout.version) (a newer dcnconv may read it)"),
          file: file.path, offset: 8, field: "version")
      }
      let length = Int(try reader.read(UInt32.self, "header length"))
      guard length <= Limits.packHeaderBytes else {
        throw ByteError(
          .limit(name: "packHeaderBytes", found: "\(length) bytes", limit: Limits.packHeaderBytes),
          file: file.path, offset: 12, field: "header length")
      }
      var bytes: [UInt8] = []
      for _ in 0..<Digest.byteCount { bytes.append(try reader.read(UInt8.self, "header digest")) }
      let start = reader.offset
      try reader.skip(length, "header")
      guard let digest = Digest(bytes) else { preconditionFailure("\(bytes.count) bytes") }
      return (start..<reader.offset, digest)
    } catch { throw FormatError(error) }
  }
}

/// The native format.
package enum PackFormat: Format {
  package static let name = "dcnconv pack"

  package static func recognises(_ file: MappedFile) -> Bool { PackFile.recognises(file) }

  package static func read(_ file: MappedFile, _ request: ReadRequest) throws(FormatError) -> Model {
    try PackFile(file).model
  }
}
