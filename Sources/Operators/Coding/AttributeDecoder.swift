package import Graphs
internal import OrderedCollections

/// Builds an operator from its attributes, the reverse of `AttributeEncoder`.
///
/// The attributes may come from a file: what is missing, unknown, of another kind or out of range is an error.
package enum AttributeDecoder {
  /// - Throws: `OperatorError` that names the attribute.
  package static func decode<T: Decodable & Encodable>(
    _ type: T.Type, from attributes: Attributes
  ) throws(OperatorError) -> T {
    let value: T
    do {
      value = try T(from: ValueDecoder(attributes: attributes, value: nil, codingPath: []))
    } catch let error as OperatorError {
      throw error
    } catch let error as DecodingError {
      throw operatorError(error)
    } catch {
      throw OperatorError("attributes", found: "\(error)", expected: "those of \(T.self)")
    }
    let known = AttributeEncoder.encode(value)
    if let unknown = attributes.keys.first(where: { known[$0] == nil }) {
      throw .attribute(unknown, found: "an unknown name", expected: "one of \(Array(known.keys))")
    }
    return value
  }

  private static func operatorError(_ error: DecodingError) -> OperatorError {
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    return .attribute(
      context.codingPath.last?.stringValue ?? "", found: context.debugDescription, expected: "a valid value")
  }
}

/// A decoder at one attribute, or, without a value, at all of them.
private struct ValueDecoder: Decoder {
  let attributes: Attributes
  let value: AttributeValue?
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(KeyedContainer(attributes: attributes, codingPath: codingPath))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let values)? = value else { throw mismatch(value, "a list", codingPath) }
    return ListContainer(attributes: attributes, values: values, codingPath: codingPath)
  }
  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    guard let value else { throw mismatch(nil, "a value", codingPath) }
    return ValueContainer(value: value, codingPath: codingPath)
  }
}

private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let attributes: Attributes
  let codingPath: [any CodingKey]

  var allKeys: [Key] { attributes.keys.compactMap { Key(stringValue: $0) } }
  func contains(_ key: Key) -> Bool { attributes[key.stringValue] != nil }
  func decodeNil(forKey key: Key) -> Bool { !contains(key) }

  private func value(_ key: Key) throws -> ValueContainer {
    guard let value = attributes[key.stringValue] else { throw mismatch(nil, "a value", codingPath + [key]) }
    return ValueContainer(value: value, codingPath: codingPath + [key])
  }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    // A struct's attributes stand beside its owner's, so it has no value of its own.
    try T(
      from: ValueDecoder(
        attributes: attributes, value: attributes[key.stringValue], codingPath: codingPath + [key]))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(KeyedContainer<Nested>(attributes: attributes, codingPath: codingPath + [key]))
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try ValueDecoder(
      attributes: attributes, value: attributes[key.stringValue], codingPath: codingPath + [key]
    ).unkeyedContainer()
  }
  func superDecoder() -> any Decoder {
    ValueDecoder(attributes: attributes, value: nil, codingPath: codingPath)
  }
  func superDecoder(forKey key: Key) -> any Decoder { superDecoder() }
}

private struct ValueContainer: SingleValueDecodingContainer {
  let value: AttributeValue
  let codingPath: [any CodingKey]

  func decodeNil() -> Bool { false }
  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .boolean(let value) = value else { throw mismatch(value, "true or false", codingPath) }
    return value
  }
  func decode(_ type: String.Type) throws -> String {
    guard case .text(let value) = value else { throw mismatch(value, "a text", codingPath) }
    return value
  }
  func decode(_ type: Double.Type) throws -> Double {
    guard case .number(let value) = value else { throw mismatch(value, "a number", codingPath) }
    return value
  }
  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
  func decode(_ type: Int.Type) throws -> Int {
    guard case .integer(let value) = value else { throw mismatch(value, "an integer", codingPath) }
    return value
  }
  private func narrow<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    let wide = try decode(Int.self)
    guard let narrow = T(exactly: wide) else { throw mismatch(value, "a \(T.self)", codingPath) }
    return narrow
  }
  func decode(_ type: Int8.Type) throws -> Int8 { try narrow(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try narrow(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try narrow(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try narrow(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try narrow(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try narrow(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try narrow(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try narrow(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try narrow(type) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try T(from: ValueDecoder(attributes: [:], value: value, codingPath: codingPath))
  }
}

private struct ListContainer: UnkeyedDecodingContainer {
  let attributes: Attributes
  let values: [AttributeValue]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(attributes: Attributes, values: [AttributeValue], codingPath: [any CodingKey]) {
    self.attributes = attributes
    self.values = values
    self.codingPath = codingPath
  }

  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }

  private mutating func next() throws -> ValueContainer {
    guard !isAtEnd else { throw mismatch(nil, "another element", codingPath) }
    defer { currentIndex += 1 }
    return ValueContainer(value: values[currentIndex], codingPath: codingPath)
  }
  mutating func decodeNil() -> Bool { false }
  mutating func decode(_ type: Bool.Type) throws -> Bool { try next().decode(type) }
  mutating func decode(_ type: String.Type) throws -> String { try next().decode(type) }
  mutating func decode(_ type: Double.Type) throws -> Double { try next().decode(type) }
  mutating func decode(_ type: Float.Type) throws -> Float { try next().decode(type) }
  mutating func decode(_ type: Int.Type) throws -> Int { try next().decode(type) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().decode(type) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().decode(type) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().decode(type) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().decode(type) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next().decode(type) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().decode(type) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().decode(type) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().decode(type) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().decode(type) }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    throw mismatch(nil, "no struct in a list", codingPath)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw mismatch(nil, "no list in a list", codingPath)
  }
  mutating func superDecoder() throws -> any Decoder { throw mismatch(nil, "no super", codingPath) }
}

private func mismatch(
  _ value: AttributeValue?, _ expected: String, _ path: [any CodingKey]
) -> DecodingError {
  let found = value.map { "\($0)" } ?? "nothing"
  return .dataCorrupted(
    DecodingError.Context(codingPath: path, debugDescription: "\(found) where \(expected) is expected"))
}
