internal import Bytes
package import Tensors

/// In what two tensors of one name differ.
package struct TensorChange: Sendable {
  package enum Kind: Sendable {
    /// The same numbers: one is the other, rounded to its element type.
    case cast
    /// Another shape.
    case shape
    /// Other numbers.
    case values(Deviation)
    /// Other bits of elements that are no numbers here.
    case bits
  }

  /// How far the second tensor's numbers are from the first's; NaN is like NaN alone.
  package struct Deviation: Sendable {
    /// Elements that differ.
    package let count: Int
    /// Over the elements where both are finite: the largest and the mean absolute difference.
    package let maximum: Double
    package let mean: Double
    /// The Euclidean norm of the difference over the first's; nil where that is zero.
    package let relative: Double?
    /// Where the largest difference is, or else the first one that is not finite.
    package let position: [Int]
    /// The two numbers there.
    package let first: Double
    package let second: Double
  }

  package let name: String
  package let kind: Kind
  package let types: (first: ElementType, second: ElementType)
  package let shapes: (first: Shape, second: Shape)

  /// Nil where type, shape and bits are the same.
  init?(name: String, _ first: Tensor, _ second: Tensor) {
    self.name = name
    types = (first.elementType, second.elementType)
    shapes = (first.shape, second.shape)
    let isSameForm = types.first == types.second && shapes.first == shapes.second
    if isSameForm && first.bytes.firstDifference(from: second.bytes) == nil { return nil }
    if shapes.first != shapes.second {
      kind = .shape
    } else if types.first.isOpaque || types.second.isOpaque {
      kind = .bits
    } else {
      let numbers = (first.converted(to: Double.self), second.converted(to: Double.self))
      let isCast = types.first != types.second && Self.isCast(numbers.0, numbers.1, types)
      kind = isCast ? .cast : .values(Deviation(numbers.0, numbers.1, shape: first.shape))
    }
  }

  private static func isCast(
    _ first: [Double], _ second: [Double], _ types: (first: ElementType, second: ElementType)
  ) -> Bool {
    zip(first, second).allSatisfy { a, b in
      a == b || (a.isNaN && b.isNaN) || types.second.rounded(a) == b || types.first.rounded(b) == a
    }
  }
}

extension TensorChange.Deviation {
  init(_ first: [Double], _ second: [Double], shape: Shape) {
    var count = 0
    var finite = 0
    var (sum, squares, reference) = (0.0, 0.0, 0.0)
    var largest: (element: Int, difference: Double)?
    var unlike: Int?
    for (index, (a, b)) in zip(first, second).enumerated() {
      let isSame = a == b || (a.isNaN && b.isNaN)
      if !isSame { count += 1 }
      let difference = abs(b - a)
      guard difference.isFinite else {
        if !isSame { unlike = unlike ?? index }
        continue
      }
      finite += 1
      sum += difference
      squares += difference * difference
      reference += a * a
      if difference > largest?.difference ?? 0 { largest = (index, difference) }
    }
    self.count = count
    maximum = largest?.difference ?? 0
    mean = finite > 0 ? sum / Double(finite) : 0
    relative = reference > 0 ? (squares / reference).squareRoot() : nil
    // Zeros of different sign are the same number: then the first element stands for all.
    let place = largest?.element ?? unlike ?? 0
    position = shape.position(of: place)
    self.first = first[place]
    self.second = second[place]
  }
}
