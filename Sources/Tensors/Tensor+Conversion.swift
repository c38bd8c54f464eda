extension Tensor {
  /// The elements as floating-point numbers of this type, each rounded once; true is 1.
  ///
  /// - Precondition: the element type is not opaque.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  package func converted<T: BinaryFloatingPoint>(to type: T.Type) -> [T] {
    // SAFETY: `convert` writes them all.
    unsafe Array(unsafeUninitializedCapacity: shape.count) { buffer, count in
      unsafe convert(into: buffer.baseAddress)
      count = shape.count
    }
  }

  /// The elements in another precision, each rounded once, in memory of their own.
  ///
  /// - Precondition: the element type is not opaque.
  @_specialize(where T == Float)
  @_specialize(where T == Double)
  package func converted<T: Lane>(to type: T.Type, on threads: Threads) -> Tensor {
    let target = MutableElements<T>(writtenCount: shape.count)
    target.forEachChunk(of: 1 << 16, on: threads) { start, chunk, _ in
      let part = stretch(start..<start + chunk.count)
      // SAFETY: the part has as many elements as the chunk.
      unsafe chunk.withUnsafeMutableBufferPointer { unsafe part.convert(into: $0.baseAddress) }
    }
    return target.tensor(shape)
  }

  /// Writes every element into memory that has room for them all.
  @inline(__always)
  private func convert<T: BinaryFloatingPoint>(into target: UnsafeMutablePointer<T>?) {
    guard let target = unsafe target else { return }
    switch elementType {
    case .float32: unsafe map(Float.self, into: target) { T($0) }
    case .float64: unsafe map(Double.self, into: target) { T($0) }
    case .float16: unsafe map(UInt16.self, into: target) { T(float(fromFloat16: $0)) }
    case .bfloat16: unsafe map(UInt16.self, into: target) { T(float(fromBFloat16: $0)) }
    case .int8: unsafe map(Int8.self, into: target) { T($0) }
    case .int16: unsafe map(Int16.self, into: target) { T($0) }
    case .int32: unsafe map(Int32.self, into: target) { T($0) }
    case .int64: unsafe map(Int64.self, into: target) { T($0) }
    case .uint8: unsafe map(UInt8.self, into: target) { T($0) }
    case .uint16: unsafe map(UInt16.self, into: target) { T($0) }
    case .uint32: unsafe map(UInt32.self, into: target) { T($0) }
    case .uint64: unsafe map(UInt64.self, into: target) { T($0) }
    case .bool: unsafe map(UInt8.self, into: target) { $0 == 0 ? 0 : 1 }
    case .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0,
      .float6e2m3, .float6e3m2, .uint4, .int4, .float4e2m1, .uint2, .int2:
      preconditionFailure("\(elementType) is opaque")
    }
  }

  /// Reads the elements' bits as another type of the same size, whatever their alignment.
  @inline(__always)
  private func map<Raw: BitwiseCopyable, T>(
    _ raw: Raw.Type, into target: UnsafeMutablePointer<T>, _ transform: (Raw) -> T
  ) {
    let size = MemoryLayout<Raw>.size
    precondition(byteCount == shape.count * size, "\(byteCount) bytes of \(elementType) \(shape)")
    let count = shape.count
    // SAFETY: the bytes are just `count` elements long, and any bits are a number.
    unsafe bytes.withUnsafeBytes { source in
      for index in 0..<count {
        let bits = unsafe source.loadUnaligned(fromByteOffset: index &* size, as: Raw.self)
        unsafe (target + index).initialize(to: transform(bits))
      }
    }
  }
}
