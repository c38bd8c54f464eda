package import Bytes

/// Elements in row-major order, in memory or in a mapped file.
package struct Tensor: Sendable {
  private enum Storage: Sendable {
    case memory(Memory)
    case mapped(MappedFile)
  }

  package let elementType: ElementType
  package let shape: Shape
  private let storage: Storage
  /// Bytes of the storage; they need not be aligned for the element type.
  private let range: Range<Int>

  private init(_ storage: Storage, _ range: Range<Int>, _ elementType: ElementType, _ shape: Shape) {
    precondition(
      elementType.byteCount(of: shape.count) == range.count, "\(elementType) \(shape) in \(range)")
    self.storage = storage
    self.range = range
    self.elementType = elementType
    self.shape = shape
  }

  /// A part of a mapped file.
  ///
  /// - Precondition: `range` lies in the file and has just the bytes that the shape takes.
  package init(mapped file: MappedFile, range: Range<Int>, elementType: ElementType, shape: Shape) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.byteCount, "\(range) of \(file.byteCount)")
    self.init(.mapped(file), range, elementType, shape)
  }

  /// A part of memory that others may share.
  ///
  /// - Precondition: `range` lies in the memory and has just the bytes that the shape takes.
  package init(memory: Memory, range: Range<Int>, elementType: ElementType, shape: Shape) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= memory.byteCount, "\(range) of \(memory.byteCount)")
    self.init(.memory(memory), range, elementType, shape)
  }

  /// A new tensor whose bytes, zero at first, `body` writes.
  ///
  /// - Precondition: the shape's bytes fit in an Int; a shape from a file has been checked against a limit.
  package init<E: Error>(
    _ elementType: ElementType, _ shape: Shape, writing body: (inout MutableRawSpan) throws(E) -> Void
  ) throws(E) {
    guard let byteCount = elementType.byteCount(of: shape.count) else {
      preconditionFailure("\(elementType) \(shape) has too many bytes")
    }
    let memory = Memory(byteCount: byteCount)
    try memory.withMutableBytes(body)
    self.init(.memory(memory), 0..<byteCount, elementType, shape)
  }

  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      switch storage {
      case .memory(let memory):
        // SAFETY: the memory lives in `self`, which the result borrows.
        return unsafe _overrideLifetime(memory.bytes.extracting(range), borrowing: self)
      case .mapped(let file):
        // SAFETY: the mapping lives in `self`, which the result borrows.
        return unsafe _overrideLifetime(file.bytes.extracting(range), borrowing: self)
      }
    }
  }

  package var byteCount: Int { range.count }

  /// What the bytes live in.
  var owner: any AnyObject & Sendable {
    switch storage {
    case .memory(let memory): memory
    case .mapped(let file): file
    }
  }

  /// Whether both are the same bytes in the same memory under the same type and shape: no element is looked at.
  package func isIdentical(to other: Tensor) -> Bool {
    guard range == other.range, shape == other.shape, elementType == other.elementType else { return false }
    return switch (storage, other.storage) {
    case (.memory(let a), .memory(let b)): a === b
    case (.mapped(let a), .mapped(let b)): a === b
    default: false
    }
  }

  /// The same elements under other dimensions.
  ///
  /// - Precondition: the count of elements is the same.
  package func reshaped(to shape: Shape) -> Tensor { Tensor(storage, range, elementType, shape) }

  /// Some of the elements in row-major order, as a tensor of one axis that shares their bytes.
  ///
  /// - Precondition: they are there, and an element has a whole number of bytes.
  package func stretch(_ elements: Range<Int>) -> Tensor {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= shape.count, "\(elements) of \(shape)")
    let size = shape.count == 0 ? 0 : byteCount / shape.count
    precondition(size * shape.count == byteCount, "\(elementType) has no whole bytes")
    let start = range.lowerBound + elements.lowerBound * size
    return Tensor(storage, start..<start + elements.count * size, elementType, Shape([elements.count]))
  }

  /// The same bytes as elements of another type.
  ///
  /// - Precondition: an element has as many bits.
  package func reinterpreted(as type: ElementType) -> Tensor { Tensor(storage, range, type, shape) }

  /// Where the bytes are in a mapped file; nil for memory.
  package var place: (file: MappedFile, range: Range<Int>)? {
    if case .mapped(let file) = storage { (file, range) } else { nil }
  }
}
