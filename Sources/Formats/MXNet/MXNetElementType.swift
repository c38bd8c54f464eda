package import Tensors

extension ElementType {
  /// MXNet's type flags in order, 0 to 12 (mshadow base.h `TypeFlag`).
  private static let mxnetFlags: [ElementType] = [
    .float32, .float64, .float16, .uint8, .int32, .int8, .int64, .bool, .int16, .uint16, .uint32, .uint64,
    .bfloat16,
  ]

  /// The type of a flag; nil where MXNet has none.
  package init?(mxnetFlag flag: Int) {
    guard Self.mxnetFlags.indices.contains(flag) else { return nil }
    self = Self.mxnetFlags[flag]
  }

  /// The type's flag; nil where MXNet does not have the type.
  package var mxnetFlag: Int32? { Self.mxnetFlags.firstIndex(of: self).map(Int32.init) }
}
