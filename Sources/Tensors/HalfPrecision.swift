extension ElementType {
  /// The number that an element of this type holds after a cast, rounded once to fp32 before a half precision;
  /// integers that are not in range stay as they are.
  package func rounded(_ value: Double) -> Double {
    switch self {
    case .float32: Double(Float(value))
    case .float16: Double(float(fromFloat16: float16Bits(of: Float(value))))
    case .bfloat16: Double(float(fromBFloat16: bfloat16Bits(of: Float(value))))
    default: value
    }
  }
}

/// An IEEE 754 binary16 number's bits as a number; every value is exact.
///
/// Swift's `Float16` does not exist on every platform.
@inlinable package func float(fromFloat16 bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    // Zero or denormal: the fraction counts units of 2^-24.
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 0x1F:
    return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default:
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

/// A bfloat16 number's bits as a number; every value is exact.
@inlinable package func float(fromBFloat16 bits: UInt16) -> Float {
  Float(bitPattern: UInt32(bits) << 16)
}

/// The bits of the nearest binary16 number, ties to even; NaN stays NaN.
@inlinable package func float16Bits(of value: Float) -> UInt16 {
  let bits = value.bitPattern
  let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
  let magnitude = bits & 0x7FFF_FFFF
  if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
  // From 65520, half a step above the largest number, on: infinity.
  if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
  if magnitude < 0x3880_0000 {
    // Denormal: counts units of 2^-24; the product is exact.
    let units = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
    return sign | UInt16(units)
  }
  let rounded = magnitude &+ 0xFFF &+ ((magnitude >> 13) & 1)
  return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
}

/// The bits of the nearest bfloat16 number, ties to even; NaN stays NaN.
@inlinable package func bfloat16Bits(of value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
}
