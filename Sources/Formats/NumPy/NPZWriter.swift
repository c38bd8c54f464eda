package import Bytes
internal import CZlib
package import Tensors

/// Writes a zip file of numpy arrays, one at a time and none of them kept: what `numpy.savez` would write.
///
/// Arrays are stored, not deflated. Sizes and places stand in zip's 64-bit fields always, as numpy writes them,
/// and nothing in the file depends on when it was written.
package final class NPZWriter: TensorSink {
  /// A member as the directory at the end lists it.
  private struct Member {
    let name: [UInt8]
    let checksum: UInt32
    let byteCount: Int
    let offset: Int
  }

  private let path: String
  private let file: AtomicFile
  private let replaces: Bool
  private var members: [Member] = []
  private var names: Set<String> = []
  /// Bytes written so far.
  private var position = 0

  /// - Parameter metadata: written as the JSON text `meta` where it has members.
  /// - Throws: `FormatError` where the folder cannot be written.
  package init(
    path: String, metadata: JSONObject = [:], replaces: Bool = true, durable: Bool = false
  ) throws(FormatError) {
    self.path = path
    self.replaces = replaces
    file = try FormatError.wrapping { () throws(ByteError) in try AtomicFile(path: path, durable: durable) }
    guard metadata.count > 0 else { return }
    let text = NPYHeader.encodedText(JSONValue.object(metadata).written(.compact))
    // SAFETY: an array of bytes has no padding.
    try unsafe add("meta", text, [UInt8]().span.bytes)
  }

  /// - Throws: `FormatError` where the name repeats, numpy has no such element type, or the bytes cannot be
  ///   written.
  package func write(_ tensor: Tensor, named name: String) throws(FormatError) {
    try add(name, NPYHeader.encoded(tensor, file: path, name: name), tensor.bytes)
  }

  private func add(_ name: String, _ head: [UInt8], _ elements: RawSpan) throws(FormatError) {
    let member = Array((name + ".npy").utf8)
    guard names.insert(name).inserted else {
      throw FormatError(.request, file: path, place: "array '\(name)'", "stands in the file already")
    }
    guard member.count <= Limits.nameBytes / 2, !name.isEmpty else {
      throw FormatError(.request, file: path, "a name of \(member.count) bytes is none for an array")
    }
    // SAFETY: an array of bytes has no padding.
    let checksum = unsafe crc32(elements, after: crc32(head.span.bytes))
    let entry = Member(
      name: member, checksum: checksum, byteCount: head.count + elements.byteCount, offset: position)
    try append(Self.localHeader(entry) + head)
    try append(elements)
    members.append(entry)
  }

  package func finish() throws(FormatError) {
    let directory = members.flatMap(Self.directoryEntry)
    try append(directory + Self.end(count: members.count, start: position, byteCount: directory.count))
    try FormatError.wrapping { () throws(ByteError) in try file.commit(replacing: replaces) }
  }

  private func append(_ bytes: [UInt8]) throws(FormatError) {
    // SAFETY: an array of bytes has no padding.
    try unsafe append(bytes.span.bytes)
  }

  private func append(_ bytes: RawSpan) throws(FormatError) {
    try FormatError.wrapping { () throws(ByteError) in try file.write(bytes, at: position) }
    position += bytes.byteCount
  }
}

// The records of a zip file (PKWARE APPNOTE 6.3.10, 4.3 to 4.5), little-endian.
extension NPZWriter {
  /// Zip's version 4.5, the first with 64-bit sizes.
  private static let version: UInt16 = 45
  /// The name is UTF-8.
  private static let flags: UInt16 = 1 << 11
  /// What a field holds whose value stands in the 64-bit part.
  private static let elsewhere = UInt32.max

  private static func localHeader(_ member: Member) -> [UInt8] {
    var record = LittleEndianRecord()
    record.add(0x0403_4B50 as UInt32)
    record.add(version)
    addDescription(of: member, to: &record)
    record.add(UInt16(20))
    record.bytes += member.name
    record.add(1 as UInt16)
    record.add(16 as UInt16)
    record.add(UInt64(member.byteCount))
    record.add(UInt64(member.byteCount))
    return record.bytes
  }

  private static func directoryEntry(_ member: Member) -> [UInt8] {
    var record = LittleEndianRecord()
    record.add(0x0201_4B50 as UInt32)
    // Made by Unix (3), which is where the permissions below come from.
    record.add(3 << 8 | version)
    record.add(version)
    addDescription(of: member, to: &record)
    record.add(28 as UInt16)
    // No comment, the first volume, no text.
    for _ in 0..<3 { record.add(0 as UInt16) }
    record.add(0o100_644 << 16 as UInt32)
    record.add(elsewhere)
    record.bytes += member.name
    record.add(1 as UInt16)
    record.add(24 as UInt16)
    record.add(UInt64(member.byteCount))
    record.add(UInt64(member.byteCount))
    record.add(UInt64(member.offset))
    return record.bytes
  }

  /// What both headers of a member have in common, up to the length of the name.
  private static func addDescription(of member: Member, to record: inout LittleEndianRecord) {
    record.add(flags)
    // Stored; midnight of 1 January 1980, the first date that zip knows.
    record.add(0 as UInt16)
    record.add(0 as UInt16)
    record.add(0x21 as UInt16)
    record.add(member.checksum)
    record.add(elsewhere)
    record.add(elsewhere)
    record.add(UInt16(member.name.count))
  }

  /// The end of the directory in 64 bits, where that stands, and the end in 32 bits.
  private static func end(count: Int, start: Int, byteCount: Int) -> [UInt8] {
    var record = LittleEndianRecord()
    record.add(0x0606_4B50 as UInt32)
    record.add(44 as UInt64)
    record.add(3 << 8 | version)
    record.add(version)
    record.add(0 as UInt64)
    record.add(UInt64(count))
    record.add(UInt64(count))
    record.add(UInt64(byteCount))
    record.add(UInt64(start))
    record.add(0x0706_4B50 as UInt32)
    record.add(0 as UInt32)
    record.add(UInt64(start + byteCount))
    record.add(1 as UInt32)
    record.add(0x0605_4B50 as UInt32)
    record.add(0 as UInt32)
    record.add(UInt16.max)
    record.add(UInt16.max)
    record.add(elsewhere)
    record.add(elsewhere)
    record.add(0 as UInt16)
    return record.bytes
  }
}

/// Integers one after the other, lowest byte first.
private struct LittleEndianRecord {
  var bytes: [UInt8] = []

  mutating func add<T: FixedWidthInteger>(_ value: T) {
    for place in 0..<MemoryLayout<T>.size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
  }
}

/// The checksum of zip files (ISO 3309), with the bytes before these taken into account.
private func crc32(_ bytes: RawSpan, after previous: UInt32 = 0) -> UInt32 {
  // zlib takes no bytes as a wish to begin anew.
  guard bytes.byteCount > 0 else { return previous }
  // SAFETY: the buffer is read inside the closure alone.
  return unsafe bytes.withUnsafeBytes { buffer in
    UInt32(
      truncatingIfNeeded: unsafe crc32_z(
        UInt(previous), buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count))
  }
}
