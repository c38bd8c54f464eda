package import Bytes
internal import CZip
internal import Synchronization
package import Tensors

/// A zip file of numpy arrays, read one array at a time.
package final class NPZArchive: TensorSource {
  private struct Member: Sendable {
    let index: UInt64
    let byteCount: Int
    let header: NPYHeader
  }

  private let file: String
  /// libzip's handle is not for several threads at once.
  private let archive: Mutex<Handle>
  private let members: [String: Member]
  package let names: [String]
  package let metadata: [String: String]

  /// The longest a byte of deflated data can become: more than that is a lie.
  private static let largestExpansion = 1032

  package static func recognises(_ file: MappedFile) -> Bool {
    var reader = ByteReader(file.bytes, file: file.path)
    return [0x0403_4B50, 0x0605_4B50].contains((try? reader.read(UInt32.self, "magic")) ?? 0)
  }

  /// Reads the archive's directory and the head of every array, and no element.
  ///
  /// - Throws: `FormatError` where the file is no zip, or a member lies about its size or holds what is not read.
  package init(path: String) throws(FormatError) {
    file = path
    let handle = try Handle(path: path)
    var members: [String: Member] = [:]
    var names: [String] = []
    var meta: JSONObject = [:]
    for entry in try handle.entries() {
      let name = entry.name.hasSuffix(".npy") ? String(entry.name.dropLast(4)) : entry.name
      let place = "member '\(entry.name)'"
      let limit = max(1, entry.compressedByteCount).timesChecked(Self.largestExpansion) ?? .max
      guard entry.byteCount <= limit else {
        throw FormatError(
          file: path, place: place,
          "claims \(entry.byteCount) bytes from \(entry.compressedByteCount) compressed ones, more than deflate can hold"
        )
      }
      let head = try handle.read(
        entry.index, at: place, count: min(entry.byteCount, NPYHeader.maximumTextBytes + 12))
      let header = try NPYHeader(head.bytes, file: path, place: place)
      guard let elements = header.elementByteCount, header.byteCount.plusChecked(elements) == entry.byteCount
      else {
        throw FormatError(
          file: path, place: place,
          "has \(entry.byteCount) bytes, its shape \(header.shape) needs \(header.elementByteCount.map { "\($0 + header.byteCount)" } ?? "more")"
        )
      }
      let member = Member(index: entry.index, byteCount: entry.byteCount, header: header)
      if case .text = header.content {
        if name == "meta" { meta = try Self.meta(handle, member, path, place) }
        continue
      }
      guard members.updateValue(member, forKey: name) == nil else {
        throw FormatError(file: path, place: place, "stands twice in the archive")
      }
      names.append(name)
    }
    self.members = members
    self.names = names
    metadata = Dictionary(uniqueKeysWithValues: meta.members.map { ($0.key, $0.value.plainText) })
    archive = Mutex(handle)
  }

  package func header(of name: String) throws(FormatError) -> (elementType: ElementType, shape: Shape)? {
    guard let member = members[name], case .numbers(let type) = member.header.content else { return nil }
    return (type, member.header.shape)
  }

  package func tensor(named name: String) throws(FormatError) -> Tensor? {
    guard let member = members[name], case .numbers(let type) = member.header.content else { return nil }
    let memory = try archive.withLock { (handle) throws(FormatError) in
      try handle.read(member.index, at: "member '\(name)'", count: member.byteCount)
    }
    return Tensor(
      memory: memory, range: member.header.byteCount..<member.byteCount, elementType: type,
      shape: member.header.shape)
  }

  /// The JSON text in the member `meta`: numpy's UTF-32.
  private static func meta(
    _ handle: borrowing Handle, _ member: Member, _ path: String, _ place: String
  ) throws(FormatError) -> JSONObject {
    guard member.byteCount <= Limits.jsonBytes else {
      throw FormatError(
        file: path, place: place, "has \(member.byteCount) bytes, at most \(Limits.jsonBytes) are read")
    }
    let memory = try handle.read(member.index, at: place, count: member.byteCount)
    var text = ""
    do throws(ByteError) {
      var reader = ByteReader(memory.bytes, file: path)
      try reader.skip(member.header.byteCount, place)
      while reader.remaining >= 4 {
        let code = try reader.read(UInt32.self, place)
        // numpy fills short texts up with zeros.
        if code == 0 { break }
        guard let scalar = Unicode.Scalar(code) else {
          throw reader.error(.content(found: "\(code)", expected: "a Unicode character"), place)
        }
        text.unicodeScalars.append(scalar)
      }
      let bytes = Array(text.utf8)
      // SAFETY: an array of bytes has no padding.
      let value = try unsafe JSONValue(parsing: bytes.span.bytes, file: path)
      guard let object = value.objectValue else {
        throw ByteError(.content(found: value.kind, expected: "a JSON object"), file: path, field: place)
      }
      return object
    } catch {
      throw FormatError(error)
    }
  }
}
