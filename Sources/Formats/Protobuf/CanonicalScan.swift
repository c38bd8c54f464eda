internal import Bytes

/// Walks a protobuf message before a decoder sees it, and lets the one canonical encoding pass alone.
///
/// Decoders differ in what they make of repeated fields, unknown ones and odd encodings, and protobuf-c recurses
/// as deep as the bytes tell it to. Here fields ascend, each is known and of its type, what equals its default is
/// absent, numbers have their shortest form, and depth is bounded.
struct CanonicalScan {
  let schema: WireSchema
  let file: String
  /// Said before the field in errors: `header`.
  let place: String

  /// - Parameter origin: where the bytes start in the file.
  /// - Throws: `ByteError` with the place and the field.
  func check(_ bytes: RawSpan, origin: Int) throws(ByteError) {
    try check(bytes, origin: origin, message: 0, depth: 0)
  }

  private func check(_ bytes: RawSpan, origin: Int, message: Int, depth: Int) throws(ByteError) {
    let message = schema.messages[message]
    var reader = ByteReader(bytes, file: file, origin: origin)
    guard depth < Limits.protobufDepth else {
      throw reader.error(
        .limit(name: "protobufDepth", found: "a message inside others", limit: Limits.protobufDepth),
        name(message.name))
    }
    var last: UInt64 = 0
    var chosen: Set<UInt32> = []
    while reader.remaining > 0 {
      let (number, field) = try field(of: message, &reader, last: last)
      if let choice = field.choice, !chosen.insert(choice).inserted {
        throw refuse(reader, field, "a second choice", "one of those that exclude each other")
      }
      last = number
      try value(of: field, &reader, depth: depth)
    }
  }

  private func name(_ field: String) -> String { place + ", " + field }

  private func refuse(
    _ reader: borrowing ByteReader, _ field: WireSchema.Field, _ found: String, _ expected: String
  ) -> ByteError {
    reader.error(.content(found: found, expected: expected), name(field.name))
  }

  /// Reads a field's key: its number and wire type.
  @_lifetime(reader: copy reader)
  private func field(
    of message: WireSchema.Message, _ reader: inout ByteReader, last: UInt64
  ) throws(ByteError) -> (number: UInt64, field: WireSchema.Field) {
    let key = try reader.varint(isShortest: true, name(message.name + ", a field's key"))
    guard let field = message.fields[key >> 3] else {
      throw reader.error(
        .content(found: "field \(key >> 3)", expected: "one that version 1 of the schema knows"),
        name(message.name))
    }
    guard key & 7 == field.wireType else {
      throw refuse(reader, field, "wire type \(key & 7)", "\(field.wireType)")
    }
    guard key >> 3 > last || (key >> 3 == last && field.isRepeated && !field.isPacked) else {
      throw refuse(reader, field, "it behind field \(last)", "fields once and ascending")
    }
    return (key >> 3, field)
  }

  @_lifetime(reader: copy reader)
  private func value(
    of field: WireSchema.Field, _ reader: inout ByteReader, depth: Int
  ) throws(ByteError) {
    guard field.wireType == 2 else {
      if try number(field, &reader) == 0, field.choice == nil {
        throw refuse(reader, field, "a zero", "no field where the value is zero")
      }
      return
    }
    let declared = try reader.varint(isShortest: true, name(field.name + ", length"))
    guard let count = Int(exactly: declared), count <= reader.remaining else {
      throw reader.error(
        .truncated(needed: Int(clamping: declared), available: reader.remaining), name(field.name))
    }
    let start = reader.offset
    let content = try reader.slice(count, name(field.name))
    if case .message(let inner) = field.kind {
      try check(content, origin: start, message: inner, depth: depth + 1)
    } else if count == 0, field.choice == nil, !field.isRepeated || field.isPacked {
      throw refuse(reader, field, "no content", "no field where there is none")
    } else if field.isPacked {
      var elements = ByteReader(content, file: file, origin: start)
      while elements.remaining > 0 { _ = try number(field, &elements) }
    }
  }

  /// Reads one scalar; a double's sign does not make its zero another value. Packs have none of 4 bytes.
  @_lifetime(reader: copy reader)
  private func number(_ field: WireSchema.Field, _ reader: inout ByteReader) throws(ByteError) -> UInt64 {
    if case .fixed64 = field.kind { return try reader.read(UInt64.self, name(field.name)) << 1 }
    let value = try reader.varint(isShortest: true, name(field.name))
    guard value <= field.largest else {
      throw refuse(reader, field, "\(value)", "at most \(field.largest)")
    }
    return value
  }
}

extension WireSchema.Field {
  fileprivate var isPacked: Bool {
    switch kind {
    case .bytes, .text, .message: false
    default: isRepeated
    }
  }

  fileprivate var wireType: UInt64 {
    switch kind {
    case .bytes, .text, .message: 2
    case .fixed32: isRepeated ? 2 : 5
    case .fixed64: isRepeated ? 2 : 1
    case .varint: isRepeated ? 2 : 0
    }
  }
}
