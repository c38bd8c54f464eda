package import Tensors

/// Numbers of TensorProto.DataType; 0 is undefined, 8 a text.
private let numbers: KeyValuePairs<Int32, ElementType> = [
  1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
  11: .float64, 12: .uint32, 13: .uint64, 14: .complex64, 15: .complex128, 16: .bfloat16, 17: .float8e4m3fn,
  18: .float8e4m3fnuz, 19: .float8e5m2, 20: .float8e5m2fnuz, 21: .uint4, 22: .int4, 23: .float4e2m1,
  24: .float8e8m0, 25: .uint2, 26: .int2, 27: .float6e2m3, 28: .float6e3m2,
]

extension ElementType {
  /// Nil for texts, and for numbers that ONNX does not define.
  package init?(onnx number: Int32) {
    guard let entry = numbers.first(where: { $0.key == number }) else { return nil }
    self = entry.value
  }

  /// Its number in ONNX; nil for what ONNX does not have.
  package var onnx: Int? { numbers.first { $0.value == self }.map { Int($0.key) } }
}
