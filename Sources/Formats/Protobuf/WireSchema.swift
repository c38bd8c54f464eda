internal import CSchemas

/// A message type and all inside it, as the pre-scan needs to know them.
struct WireSchema: Sendable {
  enum Kind: Sendable {
    case varint, fixed32, fixed64, bytes, text
    /// A message: its index in `messages`.
    case message(Int)
  }

  /// What becomes of a field in the copy that is decoded.
  enum Treatment: Sendable {
    case copied
    /// Left out, its place noted in the field `place` of its message.
    case cut
    /// Left out, its content checked.
    case checked
    /// Left out unseen.
    case ignored
  }

  struct Field: Sendable {
    let name: String
    let kind: Kind
    let isRepeated: Bool
    let treatment: Treatment
    /// The field's index among its message's.
    let ordinal: Int
    /// The largest number that a varint may hold: 1 for a boolean.
    let largest: UInt64
    /// Tells apart the groups of fields of which a message has at most one; nil for a field by itself.
    let choice: UInt32?
  }

  struct Message: Sendable {
    let name: String
    let fields: [UInt64: Field]
    /// The number of the field `place`, which no file holds; nil where the message has none.
    let place: UInt64?
  }

  /// The root is the first.
  let messages: [Message]

  /// Reads the schema from what protoc-c generated.
  ///
  /// - Parameter treatments: by message and field, `onnx.TensorProto.raw_data`; the others are copied.
  /// - Precondition: there is a field of each such name.
  init(
    _ root: UnsafePointer<ProtobufCMessageDescriptor>, treatments: KeyValuePairs<String, Treatment> = [:]
  ) {
    var builder = Builder(treatments: Dictionary(uniqueKeysWithValues: treatments.map { ($0.key, $0.value) }))
    _ = unsafe builder.index(of: root)
    messages = builder.messages.map { $0 ?? Message(name: "", fields: [:], place: nil) }
    precondition(builder.treatments.isEmpty, "no field \(builder.treatments.keys.sorted())")
  }

  private struct Builder {
    var treatments: [String: Treatment]
    var messages: [Message?] = []
    private var indices: [String: Int] = [:]

    init(treatments: [String: Treatment]) { self.treatments = treatments }

    mutating func index(of pointer: UnsafePointer<ProtobufCMessageDescriptor>) -> Int {
      // SAFETY: protoc-c's descriptors are constants with valid pointers and counts.
      let descriptor = unsafe pointer.pointee
      let name = unsafe String(cString: descriptor.name)
      if let index = indices[name] { return index }
      let index = messages.count
      indices[name] = index
      messages.append(nil)
      var fields: [UInt64: Field] = [:]
      var place: UInt64?
      for ordinal in 0..<Int(unsafe descriptor.n_fields) {
        let field = unsafe descriptor.fields[ordinal]
        let fieldName = unsafe String(cString: field.name)
        let number = unsafe UInt64(field.id)
        if fieldName == "place" { place = number }
        fields[number] = Field(
          name: fieldName, kind: unsafe kind(of: field),
          isRepeated: unsafe field.label == PROTOBUF_C_LABEL_REPEATED,
          treatment: fieldName == "place"
            ? .ignored : treatments.removeValue(forKey: name + "." + fieldName) ?? .copied,
          ordinal: ordinal, largest: unsafe largest(of: field),
          choice: unsafe field.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0
            ? field.quantifier_offset : nil)
      }
      precondition(fields.count <= 64, "\(name) has \(fields.count) fields")
      messages[index] = Message(name: name, fields: fields, place: place)
      return index
    }

    private func largest(of field: ProtobufCFieldDescriptor) -> UInt64 {
      switch unsafe field.type {
      case PROTOBUF_C_TYPE_BOOL: 1
      case PROTOBUF_C_TYPE_ENUM: UInt64(Int32.max)
      case PROTOBUF_C_TYPE_UINT32: UInt64(UInt32.max)
      default: .max
      }
    }

    private mutating func kind(of field: ProtobufCFieldDescriptor) -> Kind {
      switch unsafe field.type {
      case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: return .fixed32
      case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: return .fixed64
      case PROTOBUF_C_TYPE_STRING: return .text
      case PROTOBUF_C_TYPE_BYTES: return .bytes
      case PROTOBUF_C_TYPE_MESSAGE:
        // SAFETY: a field of this type points to its message's descriptor.
        return unsafe .message(
          index(of: field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)))
      default: return .varint
      }
    }
  }
}
