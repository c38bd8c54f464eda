/// Elements of a known type, for reading: a tensor's, or a part of memory.
@safe
package struct Elements<T: TensorElement>: Sendable {
  /// What the elements live in: memory or a mapped file.
  private let owner: any AnyObject & Sendable
  // SAFETY: as many aligned elements, which stay where they are as long as their owner lives.
  @usableFromInline nonisolated(unsafe) let base: UnsafePointer<T>?
  package let count: Int

  /// Views a tensor, or copies it where its bytes are not aligned for the type.
  ///
  /// - Precondition: `T` is the tensor's element type.
  package init(_ tensor: Tensor) {
    let isAligned = tensor.span(as: T.self) != nil
    let tensor = isAligned ? tensor : Tensor(tensor.elements(as: T.self), shape: tensor.shape)
    owner = tensor.owner
    count = tensor.shape.count
    // SAFETY: any bits are a number, and the address was looked at just now.
    unsafe base = tensor.bytes.withUnsafeBytes { bytes in
      unsafe bytes.baseAddress.map { unsafe $0.assumingMemoryBound(to: T.self) }
    }
  }

  /// A copy of an array.
  package init(_ array: [T]) { self.init(Tensor(array, shape: [array.count])) }

  fileprivate init(_ memory: Memory, byteOffset: Int, count: Int) {
    owner = memory
    self.count = count
    // SAFETY: any bits are a number, and the part lies in the memory on a boundary since `MutableElements.init`.
    unsafe base = memory.address(of: byteOffset).assumingMemoryBound(to: T.self)
  }

  // Inlined into other modules: closures there look at one element at a time.
  @inlinable package var span: Span<T> {
    @_lifetime(borrow self)
    get {
      // SAFETY: so many elements live in their owner, which `self` holds.
      let elements = unsafe UnsafeBufferPointer(start: base, count: base == nil ? 0 : count)
      return unsafe _overrideLifetime(Span(_unsafeElements: elements), borrowing: self)
    }
  }

  @inlinable package subscript(index: Int) -> T { span[index] }

  /// A copy of the elements.
  package var array: [T] { array(0..<count) }

  /// A copy of some of the elements.
  package func array(_ range: Range<Int>) -> [T] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    // SAFETY: these elements live in their owner, which `self` holds.
    return unsafe Array(
      UnsafeBufferPointer(
        start: base.map { unsafe $0 + range.lowerBound }, count: base == nil ? 0 : range.count))
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

  /// All of them as a tensor that shares the memory.
  ///
  /// - Precondition: the shape has as many elements, and nobody writes them meanwhile.
  package func tensor(_ shape: Shape) -> Tensor {
    Tensor(
      memory: memory, range: byteOffset..<byteOffset + count * MemoryLayout<T>.size,
      elementType: T.elementType,
      shape: shape)
  }

  /// The same elements for reading.
  ///
  /// - Precondition: nobody writes them meanwhile.
  package var elements: Elements<T> { Elements(memory, byteOffset: byteOffset, count: count) }

  /// Elements of memory of their own that are anything at first, for who writes them all.
  package init(writtenCount count: Int) {
    self.init(Memory(writtenByteCount: count * MemoryLayout<T>.size), byteOffset: 0, count: count)
  }

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
