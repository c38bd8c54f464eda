/// Elements of a known type, for reading: a tensor's, or a part of memory.
package struct Elements<T: TensorElement>: Sendable {
  private enum Storage: Sendable {
    case tensor(Tensor)
    case memory(Memory, byteOffset: Int)
  }

  private let storage: Storage
  package let count: Int

  /// Views a tensor, or copies it where its bytes are not aligned for the type.
  ///
  /// - Precondition: `T` is the tensor's element type.
  package init(_ tensor: Tensor) {
    let isAligned = tensor.span(as: T.self) != nil
    storage = .tensor(isAligned ? tensor : Tensor(tensor.elements(as: T.self), shape: tensor.shape))
    count = tensor.shape.count
  }

  fileprivate init(_ memory: Memory, byteOffset: Int, count: Int) {
    storage = .memory(memory, byteOffset: byteOffset)
    self.count = count
  }

  package var span: Span<T> {
    @_lifetime(borrow self)
    get {
      switch storage {
      case .tensor(let tensor):
        guard let span = tensor.span(as: T.self) else { preconditionFailure("aligned since init") }
        // SAFETY: the bytes live in the tensor, which `self` holds.
        return unsafe _overrideLifetime(span, borrowing: self)
      case .memory(let memory, let byteOffset):
        let bytes = memory.bytes.extracting(byteOffset..<(byteOffset + count * MemoryLayout<T>.stride))
        // SAFETY: any bits are a number, the offset is aligned since `MutableElements.init`, and the bytes
        // live in the memory, which `self` holds.
        return unsafe _overrideLifetime(Span<T>(_bytes: bytes), borrowing: self)
      }
    }
  }

  /// A part of these elements; empty where there are none at all.
  @_lifetime(borrow self)
  package func part(_ range: Range<Int>) -> Span<T> {
    let part = span.extracting(count == 0 ? 0..<0 : range)
    // SAFETY: the elements live in what `self` holds, as `span`'s do.
    return unsafe _overrideLifetime(part, borrowing: self)
  }
}

/// Elements that are being written: a step's output, or its scratch memory.
package struct MutableElements<T: TensorElement>: Sendable {
  private let memory: Memory
  private let byteOffset: Int
  package let count: Int

  /// A part of memory.
  ///
  /// - Precondition: the elements lie in the memory, on a boundary of the type.
  package init(_ memory: Memory, byteOffset: Int, count: Int) {
    let size = MemoryLayout<T>.size
    precondition(
      byteOffset >= 0 && count >= 0 && byteOffset % MemoryLayout<T>.alignment == 0
        && count <= (memory.byteCount - byteOffset) / size,
      "\(count) elements at byte \(byteOffset) of \(memory.byteCount)")
    self.memory = memory
    self.byteOffset = byteOffset
    self.count = count
  }

  /// A part of these elements.
  ///
  /// - Precondition: the range lies in them.
  package subscript(range: Range<Int>) -> MutableElements<T> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    return MutableElements(
      memory, byteOffset: byteOffset + range.lowerBound * MemoryLayout<T>.size, count: range.count)
  }

  /// The same elements for reading.
  ///
  /// - Precondition: nobody writes them meanwhile.
  package var elements: Elements<T> { Elements(memory, byteOffset: byteOffset, count: count) }

  /// Elements of memory of their own, zero at first.
  package init(count: Int) {
    self.init(Memory(byteCount: count * MemoryLayout<T>.size), byteOffset: 0, count: count)
  }

  /// Gives the elements for writing.
  ///
  /// - Precondition: nobody else reads or writes them meanwhile.
  package func withSpan<R, E: Error>(_ body: (inout MutableSpan<T>) throws(E) -> R) throws(E) -> R {
    try memory.withMutableElements(of: T.self, byteOffset: byteOffset, count: count, body)
  }

  /// Writes disjoint chunks of `size` elements, the last one shorter, on all threads.
  ///
  /// - Parameter body: gets the index of the chunk's first element, the chunk, and the worker's number.
  package func forEachChunk(
    of size: Int, on threads: Threads,
    _ body: @Sendable (_ start: Int, _ chunk: inout MutableSpan<T>, _ worker: Int) -> Void
  ) {
    precondition(size >= 1, "\(size)")
    threads.forEach((count + size - 1) / size) { piece, worker in
      let start = piece * size
      self[start..<min(start + size, count)].withSpan { body(start, &$0, worker) }
    }
  }
}
