/// A Swift number type whose bits are an element type's bits.
package protocol TensorElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { package static var elementType: ElementType { .float32 } }
extension Double: TensorElement { package static var elementType: ElementType { .float64 } }
extension Int8: TensorElement { package static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { package static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { package static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { package static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { package static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { package static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { package static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { package static var elementType: ElementType { .uint64 } }

extension Tensor {
  /// A copy of the elements in memory.
  ///
  /// - Precondition: the shape has as many elements as the array.
  package init<T: TensorElement>(_ elements: [T], shape: Shape) {
    precondition(elements.count == shape.count, "\(elements.count) elements for \(shape)")
    self.init(T.elementType, shape) { bytes in
      // SAFETY: both are as many bytes, and any bits are an element.
      unsafe bytes.withUnsafeMutableBytes { target in
        unsafe elements.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
      }
    }
  }

  /// The elements without a copy; nil where the bytes are not aligned for the type, as in many old files.
  ///
  /// - Precondition: `type` is the tensor's element type.
  @_lifetime(borrow self)
  package func span<T: TensorElement>(as type: T.Type) -> Span<T>? {
    precondition(elementType == T.elementType, "\(elementType) is not \(T.elementType)")
    let bytes = bytes
    // SAFETY: the address is only looked at.
    let isAligned = unsafe bytes.withUnsafeBytes { buffer in
      unsafe buffer.baseAddress.map { UInt(bitPattern: $0) % UInt(MemoryLayout<T>.alignment) == 0 } ?? true
    }
    guard isAligned else { return nil }
    // SAFETY: any bits are a number, the address is aligned, and the bytes live in `self`.
    return unsafe _overrideLifetime(Span<T>(_bytes: bytes), borrowing: self)
  }

  /// A copy of the elements, whatever their alignment.
  ///
  /// - Precondition: `type` is the tensor's element type.
  package func elements<T: TensorElement>(as type: T.Type) -> [T] {
    precondition(elementType == T.elementType, "\(elementType) is not \(T.elementType)")
    // SAFETY: just as many bytes are copied as the array has.
    return unsafe Array(unsafeUninitializedCapacity: shape.count) { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      }
      count = shape.count
    }
  }
}
