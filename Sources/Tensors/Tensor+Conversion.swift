extension Tensor {
  /// The elements as floating-point numbers of this type, each rounded once; true is 1.
  ///
  /// - Precondition: the element type is not opaque.
  package func converted<T: BinaryFloatingPoint>(to type: T.Type) -> [T] {
    switch elementType {
    case .float32: mapped(Float.self) { T($0) }
    case .float64: mapped(Double.self) { T($0) }
    case .float16: mapped(UInt16.self) { T(float(fromFloat16: $0)) }
    case .bfloat16: mapped(UInt16.self) { T(float(fromBFloat16: $0)) }
    case .int8: mapped(Int8.self) { T($0) }
    case .int16: mapped(Int16.self) { T($0) }
    case .int32: mapped(Int32.self) { T($0) }
    case .int64: mapped(Int64.self) { T($0) }
    case .uint8: mapped(UInt8.self) { T($0) }
    case .uint16: mapped(UInt16.self) { T($0) }
    case .uint32: mapped(UInt32.self) { T($0) }
    case .uint64: mapped(UInt64.self) { T($0) }
    case .bool: mapped(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0,
      .float6e2m3, .float6e3m2, .uint4, .int4, .float4e2m1, .uint2, .int2:
      preconditionFailure("\(elementType) is opaque")
    }
  }

  /// Reads the elements' bits as another type of the same size, whatever their alignment.
  private func mapped<Raw: BitwiseCopyable, T>(_ raw: Raw.Type, _ transform: (Raw) -> T) -> [T] {
    let size = MemoryLayout<Raw>.size
    precondition(byteCount == shape.count * size, "\(byteCount) bytes of \(elementType) \(shape)")
    // SAFETY: the bytes are just `count` elements long, and any bits are a number.
    return unsafe Array(unsafeUninitializedCapacity: shape.count) { buffer, count in
      unsafe bytes.withUnsafeBytes { source in
        for index in 0..<shape.count {
          let bits = unsafe source.loadUnaligned(fromByteOffset: index &* size, as: Raw.self)
          unsafe buffer.initializeElement(at: index, to: transform(bits))
        }
      }
      count = shape.count
    }
  }
}
