package import Graphs
internal import OrderedCollections

/// Writes an operator's stored properties as attributes, in the order of their declaration.
///
/// A struct inside the operator (`ConvolutionGeometry`) adds its own properties beside the operator's: attributes
/// are flat. Numbers, texts, booleans, their lists, and enums with a text as raw value can be written.
package enum AttributeEncoder {
  package static func encode(_ operation: some Encodable) -> Attributes {
    let sink = Sink()
    do {
      try operation.encode(to: KeyedEncoder(sink: sink, codingPath: []))
    } catch {
      preconditionFailure("\(operation) has a property that is no attribute: \(error)")
    }
    return sink.finished
  }
}

/// Where the attributes gather, shared by an operator and the structs inside it.
private final class Sink {
  var attributes: Attributes = [:]
  /// Lists grow here, in place: inside an enum each element would copy those before it.
  var lists: [String: [AttributeValue]] = [:]

  var finished: Attributes {
    var finished = attributes
    for (key, values) in lists { finished[key] = .list(values) }
    return finished
  }
}

/// An encoder of structs.
private struct KeyedEncoder: Encoder {
  let sink: Sink
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedContainer(sink: sink, codingPath: codingPath))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    ListContainer(sink: sink, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer {
    ValueContainer(sink: sink, codingPath: codingPath)
  }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let sink: Sink
  let codingPath: [any CodingKey]

  func encode(_ value: Bool, forKey key: Key) { sink.attributes[key.stringValue] = .boolean(value) }
  func encode(_ value: String, forKey key: Key) { sink.attributes[key.stringValue] = .text(value) }
  func encode(_ value: Double, forKey key: Key) { sink.attributes[key.stringValue] = .number(value) }
  func encode(_ value: Float, forKey key: Key) { sink.attributes[key.stringValue] = .number(Double(value)) }
  func encode(_ value: Int, forKey key: Key) { sink.attributes[key.stringValue] = .integer(value) }
  func encode(_ value: Int8, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: Int16, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: Int32, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: Int64, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: UInt, forKey key: Key) throws { throw unsupported(value, codingPath + [key]) }
  func encode(_ value: UInt8, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: UInt16, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: UInt32, forKey key: Key) { encode(Int(value), forKey: key) }
  func encode(_ value: UInt64, forKey key: Key) throws { throw unsupported(value, codingPath + [key]) }
  func encodeNil(forKey key: Key) {}
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try value.encode(to: KeyedEncoder(sink: sink, codingPath: codingPath + [key]))
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(KeyedContainer<Nested>(sink: sink, codingPath: codingPath + [key]))
  }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    ListContainer(sink: sink, codingPath: codingPath + [key])
  }
  func superEncoder() -> any Encoder { KeyedEncoder(sink: sink, codingPath: codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}

/// An encoder of one value under the last key of its path: enums with raw values come here.
private struct ValueContainer: SingleValueEncodingContainer {
  let sink: Sink
  let codingPath: [any CodingKey]

  private func put(_ value: AttributeValue) throws {
    guard let key = codingPath.last else { throw unsupported(value, codingPath) }
    sink.attributes[key.stringValue] = value
  }
  func encodeNil() {}
  func encode(_ value: Bool) throws { try put(.boolean(value)) }
  func encode(_ value: String) throws { try put(.text(value)) }
  func encode(_ value: Double) throws { try put(.number(value)) }
  func encode(_ value: Float) throws { try put(.number(Double(value))) }
  func encode(_ value: Int) throws { try put(.integer(value)) }
  func encode(_ value: Int8) throws { try encode(Int(value)) }
  func encode(_ value: Int16) throws { try encode(Int(value)) }
  func encode(_ value: Int32) throws { try encode(Int(value)) }
  func encode(_ value: Int64) throws { try encode(Int(value)) }
  func encode(_ value: UInt) throws { throw unsupported(value, codingPath) }
  func encode(_ value: UInt8) throws { try encode(Int(value)) }
  func encode(_ value: UInt16) throws { try encode(Int(value)) }
  func encode(_ value: UInt32) throws { try encode(Int(value)) }
  func encode(_ value: UInt64) throws { throw unsupported(value, codingPath) }
  func encode<T: Encodable>(_ value: T) throws {
    try value.encode(to: KeyedEncoder(sink: sink, codingPath: codingPath))
  }
}

/// A list under the last key of its path; it stands there, empty, from the start.
private struct ListContainer: UnkeyedEncodingContainer {
  let sink: Sink
  let codingPath: [any CodingKey]
  private let key: String
  private(set) var count = 0

  init(sink: Sink, codingPath: [any CodingKey]) {
    self.sink = sink
    self.codingPath = codingPath
    key = codingPath.last?.stringValue ?? ""
    sink.attributes[key] = .list([])
  }

  private mutating func put(_ value: AttributeValue) {
    sink.lists[key, default: []].append(value)
    count += 1
  }
  mutating func encodeNil() throws { throw unsupported("nil", codingPath) }
  mutating func encode(_ value: Bool) { put(.boolean(value)) }
  mutating func encode(_ value: String) { put(.text(value)) }
  mutating func encode(_ value: Double) { put(.number(value)) }
  mutating func encode(_ value: Float) { put(.number(Double(value))) }
  mutating func encode(_ value: Int) { put(.integer(value)) }
  mutating func encode(_ value: Int8) { encode(Int(value)) }
  mutating func encode(_ value: Int16) { encode(Int(value)) }
  mutating func encode(_ value: Int32) { encode(Int(value)) }
  mutating func encode(_ value: Int64) { encode(Int(value)) }
  mutating func encode(_ value: UInt) throws { throw unsupported(value, codingPath) }
  mutating func encode(_ value: UInt8) { encode(Int(value)) }
  mutating func encode(_ value: UInt16) { encode(Int(value)) }
  mutating func encode(_ value: UInt32) { encode(Int(value)) }
  mutating func encode(_ value: UInt64) throws { throw unsupported(value, codingPath) }
  mutating func encode<T: Encodable>(_ value: T) throws {
    let inner = Sink()
    try value.encode(to: KeyedEncoder(sink: inner, codingPath: codingPath))
    guard let value = inner.finished[key] else { throw unsupported(value, codingPath) }
    put(value)
  }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> {
    preconditionFailure("attributes hold no lists of structs: \(codingPath)")
  }
  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    preconditionFailure("attributes hold no lists of lists: \(codingPath)")
  }
  mutating func superEncoder() -> any Encoder { KeyedEncoder(sink: sink, codingPath: codingPath) }
}

private func unsupported(_ value: Any, _ path: [any CodingKey]) -> EncodingError {
  .invalidValue(value, EncodingError.Context(codingPath: path, debugDescription: "is no attribute"))
}
