internal import CSchemas

/// The messages that a repeated field points to; protobuf-c leaves none out.
func messages<Message>(
  _ list: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
) -> [Message] {
  // SAFETY: the decoder filled `count` pointers to messages, which outlive the copies made here.
  unsafe UnsafeBufferPointer(start: list, count: list == nil ? 0 : count).compactMap { unsafe $0?.pointee }
}

/// The scalars that a repeated field points to.
func scalars<Scalar: BitwiseCopyable>(_ list: UnsafeMutablePointer<Scalar>?, _ count: Int) -> [Scalar] {
  // SAFETY: the decoder filled `count` scalars.
  unsafe Array(UnsafeBufferPointer(start: list, count: list == nil ? 0 : count))
}

extension Array {
  /// What `body` makes of each element and its number.
  func each<Result>(
    _ body: (Element, _ number: Int) throws(FormatError) -> Result
  ) throws(FormatError) -> [Result] {
    var results: [Result] = []
    results.reserveCapacity(count)
    for (number, element) in enumerated() { results.append(try body(element, number)) }
    return results
  }
}

extension ProtobufCBinaryData {
  var bytes: [UInt8] { unsafe scalars(data, len) }
}
