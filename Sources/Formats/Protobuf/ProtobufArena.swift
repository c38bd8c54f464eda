internal import CSchemas

/// Builds protobuf-c's messages in memory of its own, all freed at once.
@safe
final class ProtobufArena {
  // SAFETY: each is the arena's own, and freed in deinit alone.
  private var chunks: [UnsafeMutableRawPointer]
  /// The first free byte of the last chunk, and how many are free.
  private var next: UnsafeMutableRawPointer?
  private var free = 0

  private static let alignment = 16
  private static let chunkBytes = 1 << 18

  init() { unsafe chunks = unsafe [] }

  deinit {
    for index in 0..<(unsafe chunks.count) { unsafe chunks[index].deallocate() }
  }

  /// Memory that is not initialised.
  private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let size = (byteCount + Self.alignment - 1) & ~(Self.alignment - 1)
    if size <= free, let memory = unsafe next {
      // SAFETY: the chunk has `free` bytes from here on.
      unsafe next = memory.advanced(by: size)
      free -= size
      return unsafe memory
    }
    let chunk = max(size, Self.chunkBytes)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: chunk, alignment: Self.alignment)
    unsafe chunks.append(memory)
    unsafe next = memory.advanced(by: size)
    free = chunk - size
    return unsafe memory
  }

  /// An empty message, initialised by its generated function.
  func message<Message>(
    _ initialize: (UnsafeMutablePointer<Message>?) -> Void
  ) -> UnsafeMutablePointer<Message> {
    // SAFETY: the memory has the message's size, and the generated function fills all of it.
    let message = unsafe allocate(MemoryLayout<Message>.size).bindMemory(to: Message.self, capacity: 1)
    unsafe initialize(message)
    return unsafe message
  }

  /// The array that a repeated field points to; nil for no element.
  func list<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
    guard !elements.isEmpty else { return nil }
    // SAFETY: the memory has room for just these elements, which are numbers or pointers.
    let list = unsafe allocate(elements.count * MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: elements.count)
    unsafe list.initialize(from: elements, count: elements.count)
    return unsafe list
  }

  /// The array of messages that a repeated field points to.
  func list<Message>(
    _ messages: [UnsafeMutablePointer<Message>]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?>? {
    unsafe list(messages.map(Optional.some))
  }

  func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    unsafe ProtobufCBinaryData(len: bytes.count, data: list(bytes))
  }

  func text(_ text: String) -> ProtobufCBinaryData { unsafe bytes(Array(text.utf8)) }

  func texts(_ texts: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    unsafe list(texts.map { unsafe text($0) })
  }

  /// The message in its wire form.
  ///
  /// - Parameter message: one that this arena made, all whose parts it made as well.
  static func encoded<Message>(_ message: UnsafeMutablePointer<Message>) -> [UInt8] {
    // SAFETY: every generated message begins with the base; the array has just the size that packing asks for.
    unsafe message.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { base in
      let size = unsafe protobuf_c_message_get_packed_size(base)
      return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = unsafe protobuf_c_message_pack(base, buffer.baseAddress)
      }
    }
  }
}
