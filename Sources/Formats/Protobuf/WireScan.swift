internal import Bytes

/// Checks a message before protobuf-c sees it, and copies it without its payloads.
///
/// protobuf-c knows no limit of depth and copies whatever it meets. What comes out of here is well-formed, of
/// bounded depth, with each single field at most once and no zero byte in a text, and nothing in it is large.
struct WireScan {
  /// A part of the file that was left out of the copy.
  struct Piece: Hashable {
    /// 0 for a message as a whole.
    let field: UInt64
    /// Whether the elements of a repeated number stand one by one, a key before each.
    let hasKeys: Bool
    /// Bytes of the file.
    var range: Range<Int>
  }

  private struct Step {
    let field: String
    let index: Int?
  }

  private let file: MappedFile
  private let schema: WireSchema
  private var output: [UInt8] = []
  private var path: [Step] = []

  private init(_ file: MappedFile, _ schema: WireSchema) {
    self.file = file
    self.schema = schema
  }

  /// The message at `range` of the file without what the schema cuts out.
  ///
  /// - Precondition: `range` lies in the file.
  /// - Throws: `ByteError` with the byte and the path of fields at fault.
  static func copy(
    _ file: MappedFile, _ range: Range<Int>, _ schema: WireSchema
  ) throws(ByteError) -> [UInt8] {
    var scan = WireScan(file, schema)
    try scan.message(0, range, copied: true)
    return scan.output
  }

  private mutating func message(_ index: Int, _ range: Range<Int>, copied: Bool) throws(ByteError) {
    guard path.count < Limits.protobufDepth else {
      throw error(
        .limit(name: "messages inside one another", found: "\(path.count + 1)", limit: Limits.protobufDepth),
        at: range.lowerBound)
    }
    let message = schema.messages[index]
    let file = file
    var reader = WireReader(file, range)
    var counts = Counts()
    var pieces: [Piece] = []
    while true {
      let start = reader.offset
      let next: (number: UInt64, value: WireReader.Value)?
      do { next = try reader.next() } catch { throw self.error(error.reason, at: error.offset ?? start) }
      guard let (number, value) = next else { break }
      guard let field = message.fields[number], field.treatment != .ignored else { continue }
      let count = counts.increment(field.ordinal)
      guard field.isRepeated || count == 0 else {
        throw error(.content(found: "field '\(field.name)' again", expected: "it once"), at: start)
      }
      path.append(Step(field: field.name, index: field.isRepeated ? count : nil))
      let whole = start..<reader.offset
      try self.field(field, number, value, whole, copied: copied, &pieces)
      path.removeLast()
    }
    guard copied, let place = message.place else { return }
    if pieces.isEmpty { pieces = [Piece(field: 0, hasKeys: false, range: range)] }
    try put(pieces, field: place)
  }

  private mutating func field(
    _ field: WireSchema.Field, _ number: UInt64, _ value: WireReader.Value, _ whole: Range<Int>, copied: Bool,
    _ pieces: inout [Piece]
  ) throws(ByteError) {
    let isPacked = try check(field, value, at: whole.lowerBound)
    let isKept = copied && field.treatment == .copied
    if case .message(let inner) = field.kind, case .run(let range) = value {
      if isKept {
        try message(inner, range, key: number << 3 | 2)
      } else {
        try message(inner, range, copied: false)
      }
    } else if field.treatment == .cut {
      if field.isRepeated, !isPacked {
        append(Piece(field: number, hasKeys: true, range: whole), to: &pieces)
      } else if case .run(let range) = value {
        pieces.append(Piece(field: number, hasKeys: false, range: range))
      }
    } else if isKept {
      try put(whole)
    }
  }

  /// Elements one by one become one piece.
  private func append(_ piece: Piece, to pieces: inout [Piece]) {
    if let last = pieces.last, last.field == piece.field, last.hasKeys,
      last.range.upperBound == piece.range.lowerBound
    {
      pieces[pieces.count - 1].range = last.range.lowerBound..<piece.range.upperBound
    } else {
      pieces.append(piece)
    }
  }

  /// Whether the value is a run of packed numbers.
  ///
  /// - Throws: `ByteError` where it is not what the schema says.
  private func check(
    _ field: WireSchema.Field, _ value: WireReader.Value, at offset: Int
  ) throws(ByteError) -> Bool {
    switch (field.kind, value) {
    case (.varint, .varint), (.fixed32, .fixed32), (.fixed64, .fixed64), (.bytes, .run), (.message, .run):
      return false
    case (.text, .run(let range)):
      try checkText(range)
      return false
    case (.varint, .run) where field.isRepeated, (.fixed32, .run) where field.isRepeated,
      (.fixed64, .run) where field.isRepeated:
      return true
    default:
      throw error(.content(found: "\(value)", expected: "a \(field.kind)"), at: offset)
    }
  }

  private func checkText(_ range: Range<Int>) throws(ByteError) {
    var reader = ByteReader(file.bytes.extracting(range), file: file.path, origin: range.lowerBound)
    let text: String
    do { text = try reader.text(range.count, "") } catch {
      throw self.error(error.reason, at: error.offset ?? range.lowerBound)
    }
    // protobuf-c's texts end at the first zero byte: two names could become one.
    guard !text.utf8.contains(0) else {
      throw error(.content(found: "a text with a zero byte", expected: "none"), at: range.lowerBound)
    }
  }

  private func error(_ reason: ByteError.Reason, at offset: Int) -> ByteError {
    let field = path.map { $0.field + ($0.index.map { "[\($0)]" } ?? "") }.joined(separator: ".")
    return ByteError(reason, file: file.path, offset: offset, field: field)
  }
}

// MARK: The copy

extension WireScan {
  /// A length that is patched when the content is known, in five bytes whatever its size.
  private mutating func message(_ index: Int, _ range: Range<Int>, key: UInt64) throws(ByteError) {
    put(varint: key)
    let place = output.count
    output += [0, 0, 0, 0, 0]
    try message(index, range, copied: true)
    var length = UInt64(output.count - place - 5)
    for byte in 0..<5 {
      output[place + byte] = UInt8(length & 0x7F) | (byte < 4 ? 0x80 : 0)
      length >>= 7
    }
  }

  private mutating func put(_ range: Range<Int>) throws(ByteError) {
    try reserve(range.count, at: range.lowerBound)
    let file = file
    // SAFETY: the buffer is read inside the closure alone.
    unsafe file.bytes.extracting(range).withUnsafeBytes { unsafe output.append(contentsOf: $0) }
  }

  private mutating func put(_ pieces: [Piece], field: UInt64) throws(ByteError) {
    try reserve(24 * pieces.count, at: pieces.first?.range.lowerBound ?? 0)
    put(varint: field << 3 | 2)
    put(varint: UInt64(24 * pieces.count))
    for piece in pieces {
      let tag = piece.field | (piece.hasKeys ? 1 << 32 : 0)
      for number in [tag, UInt64(piece.range.lowerBound), UInt64(piece.range.count)] {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
          output.append(UInt8(truncatingIfNeeded: number >> shift))
        }
      }
    }
  }

  private func reserve(_ byteCount: Int, at offset: Int) throws(ByteError) {
    let total = output.count + byteCount
    guard total <= Limits.protobufBytes else {
      throw error(
        .limit(name: "bytes without payloads", found: "\(total)", limit: Limits.protobufBytes), at: offset)
    }
  }

  private mutating func put(varint value: UInt64) {
    var rest = value
    while rest > 0x7F {
      output.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }

  /// The pieces that a `place` of the copy holds.
  ///
  /// - Precondition: the bytes come from a copy.
  static func pieces(_ bytes: [UInt8]) -> [Piece] {
    precondition(bytes.count % 24 == 0, "\(bytes.count) bytes of pieces")
    func number(_ index: Int) -> UInt64 {
      bytes[index..<index + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    return stride(from: 0, to: bytes.count, by: 24).map { start in
      let tag = number(start)
      let offset = Int(number(start + 8))
      return Piece(
        field: tag & 0xFFFF_FFFF, hasKeys: tag >> 32 != 0, range: offset..<offset + Int(number(start + 16)))
    }
  }
}

/// How often each field of a message was met.
private struct Counts {
  private var counts: InlineArray<64, Int> = InlineArray(repeating: 0)

  /// Counts one more, and returns the count before.
  mutating func increment(_ ordinal: Int) -> Int {
    defer { counts[ordinal] += 1 }
    return counts[ordinal]
  }
}
