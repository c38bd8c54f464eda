import Tensors
import Testing

@Suite("Conversion of element types")
struct ConversionTests {
  @Test("every binary16 number survives the way to Float and back")
  func float16() {
    for bits in UInt16.min...UInt16.max {
      let value = float(fromFloat16: bits)
      if value.isNaN {
        #expect(float(fromFloat16: float16Bits(of: value)).isNaN)
      } else if float16Bits(of: value) != bits {
        Issue.record("\(bits) came back as \(float16Bits(of: value))")
      }
    }
  }

  private static let roundings: [(value: Float, bits: UInt16)] = [
    (65519.996, 0x7BFF), (65520, 0x7C00), (Float(1) + 0x1p-11, 0x3C00), (Float(1) + 0x1.8p-10, 0x3C02),
    (0x1p-25, 0x0000), (0x1.8p-24, 0x0002), (-0.0, 0x8000), (0x1p-14, 0x0400), (0x1.FFFp-15, 0x0400),
  ]

  @Test("rounding to binary16 is to the nearest, ties to even", arguments: roundings)
  func rounding(value: Float, bits: UInt16) {
    #expect(float16Bits(of: value) == bits)
  }

  @Test("every bfloat16 number survives the way to Float and back, and rounding is to even")
  func bfloat16() {
    for bits in UInt16.min...UInt16.max where !float(fromBFloat16: bits).isNaN {
      if bfloat16Bits(of: float(fromBFloat16: bits)) != bits { Issue.record("\(bits)") }
    }
    #expect(bfloat16Bits(of: Float(bitPattern: 0x3F80_8000)) == 0x3F80)
    #expect(bfloat16Bits(of: Float(bitPattern: 0x3F81_8000)) == 0x3F82)
    #expect(float(fromBFloat16: bfloat16Bits(of: .nan)).isNaN)
  }

  @Test("statistics count what is not finite apart, and do not cancel")
  func statistics() {
    let tensor = Tensor([Double(1e9), 1e9 + 1, 1e9 + 2, .nan, .infinity, 0], shape: [6])
    let some = TensorStatistics(tensor)
    #expect((some.nans, some.infinities, some.zeros) == (1, 1, 1))
    let close = TensorStatistics(Tensor([Double(1e9), 1e9 + 1, 1e9 + 2], shape: [3]))
    #expect(close.mean == 1e9 + 1)
    #expect(close.standardDeviation.map { abs($0 - (2.0 / 3).squareRoot()) < 1e-12 } == true)
  }
}
