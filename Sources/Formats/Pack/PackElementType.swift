internal import CSchemas
internal import Tensors

/// Element types and their numbers, one line each.
private let numbers: [(ElementType, Dcnpack__ElementType)] = [
  (.float32, DCNPACK__ELEMENT_TYPE__FLOAT32), (.float64, DCNPACK__ELEMENT_TYPE__FLOAT64),
  (.float16, DCNPACK__ELEMENT_TYPE__FLOAT16), (.bfloat16, DCNPACK__ELEMENT_TYPE__BFLOAT16),
  (.int8, DCNPACK__ELEMENT_TYPE__INT8), (.int16, DCNPACK__ELEMENT_TYPE__INT16),
  (.int32, DCNPACK__ELEMENT_TYPE__INT32), (.int64, DCNPACK__ELEMENT_TYPE__INT64),
  (.uint8, DCNPACK__ELEMENT_TYPE__UINT8), (.uint16, DCNPACK__ELEMENT_TYPE__UINT16),
  (.uint32, DCNPACK__ELEMENT_TYPE__UINT32), (.uint64, DCNPACK__ELEMENT_TYPE__UINT64),
  (.bool, DCNPACK__ELEMENT_TYPE__BOOL),
  (.complex64, DCNPACK__ELEMENT_TYPE__COMPLEX64), (.complex128, DCNPACK__ELEMENT_TYPE__COMPLEX128),
  (.float8e4m3fn, DCNPACK__ELEMENT_TYPE__FLOAT8E4M3FN),
  (.float8e4m3fnuz, DCNPACK__ELEMENT_TYPE__FLOAT8E4M3FNUZ),
  (.float8e5m2, DCNPACK__ELEMENT_TYPE__FLOAT8E5M2),
  (.float8e5m2fnuz, DCNPACK__ELEMENT_TYPE__FLOAT8E5M2FNUZ),
  (.uint4, DCNPACK__ELEMENT_TYPE__UINT4), (.int4, DCNPACK__ELEMENT_TYPE__INT4),
  (.float4e2m1, DCNPACK__ELEMENT_TYPE__FLOAT4E2M1), (.float8e8m0, DCNPACK__ELEMENT_TYPE__FLOAT8E8M0),
  (.uint2, DCNPACK__ELEMENT_TYPE__UINT2), (.int2, DCNPACK__ELEMENT_TYPE__INT2),
  (.float6e2m3, DCNPACK__ELEMENT_TYPE__FLOAT6E2M3), (.float6e3m2, DCNPACK__ELEMENT_TYPE__FLOAT6E3M2),
]

extension Dcnpack__ElementType {
  init(_ type: ElementType) {
    guard let number = numbers.first(where: { $0.0 == type })?.1 else {
      preconditionFailure("\(type) has no number")
    }
    self = number
  }
}

extension ElementType {
  /// Nil where the number is no type's that this version knows.
  init?(_ number: Dcnpack__ElementType) {
    guard let type = numbers.first(where: { $0.1 == number })?.0 else { return nil }
    self = type
  }
}
