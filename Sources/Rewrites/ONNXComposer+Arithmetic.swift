internal import Operators
internal import Tensors

/// Elementwise arithmetic, each operation one node: results round where the source's do.
extension ONNXComposer {
  // MARK: Numbers

  mutating func float(_ number: Double) -> Wire { constant(.float32, [number], shape: []) }
  mutating func double(_ number: Double) -> Wire { constant(.float64, [number], shape: []) }

  /// A list, or with a shape, a tensor, of fp32 numbers.
  mutating func floats(_ numbers: [Float], _ shape: Shape? = nil) -> Wire {
    constant(.float32, numbers.map { Double($0) }, shape: shape ?? [numbers.count])
  }

  mutating func doubles(_ numbers: [Double], _ shape: Shape? = nil) -> Wire {
    constant(.float64, numbers, shape: shape ?? [numbers.count])
  }

  /// A list of whole numbers, which ONNX takes as int64.
  mutating func integers(_ numbers: [Int], _ shape: Shape? = nil) -> Wire {
    constant(.int64, numbers.map { Double($0) }, shape: shape ?? [numbers.count])
  }

  // MARK: Elementwise

  mutating func add(_ a: Wire, _ b: Wire) -> Wire { node("Add", [a, b]) }
  mutating func subtract(_ a: Wire, _ b: Wire) -> Wire { node("Sub", [a, b]) }
  mutating func multiply(_ a: Wire, _ b: Wire) -> Wire { node("Mul", [a, b]) }
  mutating func divide(_ a: Wire, _ b: Wire) -> Wire { node("Div", [a, b]) }
  mutating func minimum(_ a: Wire, _ b: Wire) -> Wire { node("Min", [a, b]) }
  mutating func maximum(_ a: Wire, _ b: Wire) -> Wire { node("Max", [a, b]) }
  mutating func negate(_ a: Wire) -> Wire { node("Neg", [a]) }
  mutating func absolute(_ a: Wire) -> Wire { node("Abs", [a]) }
  mutating func floor(_ a: Wire) -> Wire { node("Floor", [a]) }
  mutating func ceiling(_ a: Wire) -> Wire { node("Ceil", [a]) }
  mutating func isLess(_ a: Wire, _ b: Wire) -> Wire { node("Less", [a, b]) }
  mutating func isLessOrEqual(_ a: Wire, _ b: Wire) -> Wire { node("LessOrEqual", [a, b]) }
  mutating func isGreater(_ a: Wire, _ b: Wire) -> Wire { node("Greater", [a, b]) }
  mutating func isGreaterOrEqual(_ a: Wire, _ b: Wire) -> Wire { node("GreaterOrEqual", [a, b]) }
  mutating func and(_ a: Wire, _ b: Wire) -> Wire { node("And", [a, b]) }
  mutating func choose(_ condition: Wire, _ a: Wire, _ b: Wire) -> Wire { node("Where", [condition, a, b]) }

  mutating func cast(_ a: Wire, to type: ElementType) -> Wire {
    let number =
      switch type {
      case .float64: 11
      case .int64: 7
      case .int32: 6
      default: 1
      }
    return node("Cast", [a], ["to": .integer(number)])
  }

  mutating func sum(_ a: Wire, along axes: [Int], keepingAxes keeps: Bool = false) -> Wire {
    node("ReduceSum", [a, integers(axes)], ["keepdims": .integer(keeps ? 1 : 0)])
  }

  mutating func product(_ a: Wire, _ b: Wire) -> Wire { node("MatMul", [a, b]) }

  // MARK: Regions

  /// A corner rounded to a whole pixel.
  ///
  /// ONNX rounds halves to even alone; away from 0 is sign(x)·(⌊|x|⌋ + 1 where the rest is a half or more), in which
  /// every step is exact.
  mutating func round(_ a: Wire, _ rounding: RegionRounding) -> Wire {
    switch rounding {
    case .toEven: return node("Round", [a])
    case .down: return floor(a)
    case .unrounded: return a
    case .awayFromZero:
      let size = absolute(a)
      let whole = floor(size)
      let isUp = isGreaterOrEqual(subtract(size, whole), float(0.5))
      return multiply(node("Sign", [a]), add(whole, cast(isUp, to: .float32)))
    }
  }
}
