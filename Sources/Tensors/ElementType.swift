internal import Bytes

/// What one element of a tensor is, and how many bits it takes.
package enum ElementType: String, Sendable, Hashable, CaseIterable, Codable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool
  // Opaque: stored, hashed and copied, never computed with (ONNX TensorProto.DataType 14 to 28).
  case complex64, complex128
  case float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0
  case float6e2m3, float6e3m2
  case uint4, int4, float4e2m1
  case uint2, int2

  package var bitCount: Int {
    switch self {
    case .uint2, .int2: 2
    case .uint4, .int4, .float4e2m1: 4
    case .float6e2m3, .float6e3m2: 6
    case .int8, .uint8, .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0: 8
    case .float16, .bfloat16, .int16, .uint16: 16
    case .float32, .int32, .uint32: 32
    case .float64, .int64, .uint64, .complex64: 64
    case .complex128: 128
    }
  }

  /// Bytes of one element; nil where elements share bytes.
  package var byteCount: Int? { bitCount >= 8 ? bitCount / 8 : nil }

  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }

  /// Whether elements are only stored, never computed with.
  package var isOpaque: Bool {
    switch self {
    case .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0,
      .float6e2m3, .float6e3m2, .uint4, .int4, .float4e2m1, .uint2, .int2:
      true
    default: false
    }
  }

  /// Bytes that this many elements take, or nil where that does not fit.
  package func byteCount(of elements: Int) -> Int? {
    elements.timesChecked(bitCount)?.plusChecked(7).map { $0 / 8 }
  }
}
