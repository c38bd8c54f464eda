internal import CHDF5
internal import Tensors

/// Where HDF5 puts the parts of a floating-point number, in bits from the lowest.
private struct FloatingPointFields: Equatable {
  var sign: Int
  var exponent: Int
  var exponentSize: Int
  var mantissa: Int
  var mantissaSize: Int
  var bias: Int

  static let known: [(ElementType, FloatingPointFields)] = [
    (.float16, FloatingPointFields(exponentSize: 5, mantissaSize: 10)),
    (.bfloat16, FloatingPointFields(exponentSize: 8, mantissaSize: 7)),
    (.float32, FloatingPointFields(exponentSize: 8, mantissaSize: 23)),
    (.float64, FloatingPointFields(exponentSize: 11, mantissaSize: 52)),
  ]

  /// The layout of IEEE 754: mantissa, exponent, sign from the lowest bit.
  init(exponentSize: Int, mantissaSize: Int) {
    sign = exponentSize + mantissaSize
    exponent = mantissaSize
    self.exponentSize = exponentSize
    mantissa = 0
    self.mantissaSize = mantissaSize
    bias = 1 << (exponentSize - 1) - 1
  }

  /// Those of a type in a file; nil where libhdf5 cannot tell.
  init?(of type: hid_t) {
    var fields = (0, 0, 0, 0, 0)
    // SAFETY: the places outlive the call.
    guard unsafe H5Tget_fields(type, &fields.0, &fields.1, &fields.2, &fields.3, &fields.4) >= 0,
      H5Tget_norm(type) == H5T_NORM_IMPLIED
    else { return nil }
    (sign, exponent, exponentSize, mantissa, mantissaSize) = fields
    bias = H5Tget_ebias(type)
  }
}

extension ElementType {
  /// What a type of an HDF5 file is; nil where it is none of ours. h5py's booleans are an enumeration.
  init?(hdf5 type: hid_t) {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT:
      guard let fields = FloatingPointFields(of: type),
        let known = FloatingPointFields.known.first(where: { $0.1 == fields && $0.0.byteCount == size }),
        H5Tget_precision(type) == 8 * size
      else { return nil }
      self = known.0
    case H5T_INTEGER:
      guard H5Tget_precision(type) == 8 * size, H5Tget_offset(type) == 0 else { return nil }
      switch (size, H5Tget_sign(type) == H5T_SGN_2) {
      case (1, true): self = .int8
      case (2, true): self = .int16
      case (4, true): self = .int32
      case (8, true): self = .int64
      case (1, false): self = .uint8
      case (2, false): self = .uint16
      case (4, false): self = .uint32
      case (8, false): self = .uint64
      default: return nil
      }
    case H5T_ENUM:
      guard size == 1, H5Tget_nmembers(type) == 2, Self.value(of: "FALSE", in: type) == 0,
        Self.value(of: "TRUE", in: type) == 1
      else { return nil }
      self = .bool
    default: return nil
    }
  }

  private static func value(of name: String, in type: hid_t) -> Int8? {
    var value: Int8 = -1
    // SAFETY: the enumeration's values are one byte, as has been checked.
    return unsafe H5Tenum_valueof(type, name, &value) >= 0 ? value : nil
  }

  /// The type for a file, little-endian; nil where HDF5 has none.
  var hdf5Type: HDF5Handle? {
    switch self {
    case .float32: HDF5Handle(H5Tcopy(dcn_h5_float32()))
    case .float64: HDF5Handle(H5Tcopy(dcn_h5_float64()))
    case .float16, .bfloat16: Self.halfType(isBrain: self == .bfloat16)
    case .int8, .int16, .int32, .int64: HDF5Handle(H5Tcopy(dcn_h5_integer(bitCount / 8, 1)))
    case .uint8, .uint16, .uint32, .uint64: HDF5Handle(H5Tcopy(dcn_h5_integer(bitCount / 8, 0)))
    case .bool: Self.booleanType
    default: nil
    }
  }

  private static func halfType(isBrain: Bool) -> HDF5Handle? {
    guard let type = HDF5Handle(H5Tcopy(dcn_h5_float32())),
      let fields = FloatingPointFields.known.first(where: { $0.0 == (isBrain ? .bfloat16 : .float16) })?.1,
      H5Tset_fields(
        type.id, fields.sign, fields.exponent, fields.exponentSize, fields.mantissa, fields.mantissaSize)
        >= 0,
      H5Tset_size(type.id, 2) >= 0, H5Tset_ebias(type.id, fields.bias) >= 0
    else { return nil }
    return type
  }

  private static var booleanType: HDF5Handle? {
    guard let type = HDF5Handle(H5Tenum_create(dcn_h5_int8())) else { return nil }
    for (name, value) in [("FALSE", 0), ("TRUE", 1)] as [(String, Int8)] {
      var value = value
      // SAFETY: the enumeration's values are one byte.
      guard unsafe H5Tenum_insert(type.id, name, &value) >= 0 else { return nil }
    }
    return type
  }
}
