internal import Tensors

/// The arithmetic in which a producer says it computed.
package struct Precision: Sendable, Hashable {
  package enum Arithmetic: String, Sendable, CaseIterable {
    case fp64, fp32, tf32, bf16, fp16

    /// Unit roundoff of the operands before they are multiplied; 0 where they are taken as recorded.
    var inputRoundoff: Double {
      switch self {
      case .fp64, .fp32: 0
      case .tf32: 0x1p-11
      case .bf16: 0x1p-9
      case .fp16: 0x1p-12
      }
    }

    /// Unit roundoff of sums: lower precisions accumulate in fp32 on every producer that is known.
    var roundoff: Double { self == .fp64 ? 0x1p-53 : 0x1p-24 }
  }

  package let arithmetic: Arithmetic
  /// Whether results below 2⁻¹²⁶ become zero.
  package let flushesToZero: Bool

  package init(_ arithmetic: Arithmetic, flushesToZero: Bool = false) {
    self.arithmetic = arithmetic
    self.flushesToZero = flushesToZero
  }

  /// What underflow may take from any result.
  var absoluteTerm: Double {
    if flushesToZero { return 0x1p-126 }
    return arithmetic == .fp64 ? 0x1p-1074 : 0x1p-149
  }
}

/// The type in which results were recorded: one more rounding, and its unit of the last place.
struct StoredType: Sendable {
  /// Unit roundoff: half the distance between neighbours at 1.
  let roundoff: Double
  private let type: ElementType
  /// Exponent of the smallest normal number.
  private let minimumExponent: Int

  /// Integers and booleans hold their values exactly: their neighbours are 1 apart.
  init(_ type: ElementType) {
    self.type = type
    (roundoff, minimumExponent) =
      switch type {
      case .float64: (0x1p-53, -1022)
      case .float32: (0x1p-24, -126)
      case .float16: (0x1p-11, -14)
      case .bfloat16: (0x1p-8, -126)
      default: (0, 0)
      }
  }

  /// The smallest normal number.
  var leastNormal: Double { Double(sign: .plus, exponent: minimumExponent, significand: 1) }

  /// The value as the type stores it.
  func stored(_ value: Double) -> Double { type.rounded(value) }

  /// The values as the type stores them.
  func stored(_ values: Span<Double>) -> [Double] {
    // What nearly all traces hold is rounded without a look at the type of each.
    var stored = Array(repeating: 0.0, count: values.count)
    var target = stored.mutableSpan
    if type == .float32 {
      for index in values.indices { target[index] = Double(Float(values[index])) }
    } else {
      for index in values.indices { target[index] = type.rounded(values[index]) }
    }
    return stored
  }

  /// The distance between neighbours of the type at this value.
  func unitInLastPlace(at value: Double) -> Double {
    guard value.isFinite else { return .infinity }
    guard roundoff > 0 else { return 1 }
    // Bits of fp64's exponent, which is at least that of the type's smallest normal number.
    let exponent = max(Int(value.bitPattern >> 52 & 0x7FF), minimumExponent + 1023)
    return Double(bitPattern: UInt64(exponent) << 52) * 2 * roundoff
  }
}
