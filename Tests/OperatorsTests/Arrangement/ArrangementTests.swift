import Operators
import Tensors
import TestSupport
import Testing

@Suite("Moving elements")
struct ArrangementTests {
  static let shape: Shape = [2, 3, 5, 7]
  static let numbers = Tensor((0..<210).map { Float($0) }, shape: shape)
  static let integers = Tensor((0..<210).map { Int64($0) }, shape: shape)

  /// Element (n, c, y, x) of `numbers`.
  static func number(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Float { Float(((n * 3 + c) * 5 + y) * 7 + x) }

  /// The output in every layout, precision and element type; they must agree.
  static func run(_ operation: any Operator, _ inputs: [Tensor]) throws -> [Tensor] {
    let expected = try operation.evaluate(inputs, as: Float.self)
    for layout in [Layout.logical, .channelsLast] {
      for threads in 1...3 {
        let context = EvaluationContext(threads: Threads(threads))
        let double = try operation.evaluate(inputs, as: Double.self, layout: layout, in: context)
        let whole = inputs.map { Tensor($0.elements(as: Float.self).map { Int64($0) }, shape: $0.shape) }
        let integers = try operation.evaluate(whole, as: Float.self, layout: layout, in: context)
        for (index, output) in expected.enumerated() {
          let numbers = output.elements(as: Float.self)
          #expect(double[index].shape == output.shape)
          #expect(double[index].elements(as: Double.self) == numbers.map(Double.init))
          #expect(integers[index].elements(as: Int64.self) == numbers.map { Int64($0) })
        }
      }
    }
    return expected
  }

  @Test("a slice takes every so many elements, backwards too")
  func slice() throws {
    let slice = Slice(axes: [-1, 1, 2], begin: [5, .max, 1], end: [.min, .min, .max], step: [-2, -1, 3])
    let output = try Self.run(slice, [Self.numbers])[0]
    #expect(output.shape == [2, 3, 2, 3])
    let expected = (0..<2).flatMap { n in
      [2, 1, 0].flatMap { c in
        [1, 4].flatMap { y in [5, 3, 1].map { x in Self.number(n, c, y, x) } }
      }
    }
    #expect(output.elements(as: Float.self) == expected)
  }

  @Test("an empty slice is an empty tensor")
  func emptySlice() throws {
    let output = try Self.run(Slice(axes: [2], begin: [3], end: [3]), [Self.numbers])[0]
    #expect(output.shape == [2, 3, 0, 7])
  }

  @Test("tensors are joined along any axis", arguments: [0, 1, 2, 3, -2])
  func concat(axis: Int) throws {
    let other = Tensor((0..<210).map { Float(1000 + $0) }, shape: Self.shape)
    let output = try Self.run(Concat(count: 3, axis: axis), [Self.numbers, other, Self.numbers])[0]
    let along = axis < 0 ? axis + 4 : axis
    var sizes = Self.shape.dimensions
    sizes[along] *= 3
    #expect(output.shape.dimensions == sizes)
    for (place, value) in output.elements(as: Float.self).enumerated() {
      var position = output.shape.position(of: place)
      let input = position[along] / Self.shape[along]
      position[along] %= Self.shape[along]
      let number = Self.number(position[0], position[1], position[2], position[3])
      #expect(value == (input == 1 ? 1000 + number : number))
    }
  }

  @Test("a crop stands where it is told, or in the middle")
  func crop() throws {
    let like = Tensor((0..<6).map { Float($0) }, shape: [1, 1, 2, 3])
    for (crop, y, x) in [
      (Crop(offset: [3, 4]), 3, 4), (Crop(isCentered: true), 1, 2),
    ] {
      let output = try Self.run(crop, [Self.numbers, like])[0]
      let expected = (0..<2).flatMap { n in
        (0..<3).flatMap { c in
          (0..<2).flatMap { dy in (0..<3).map { dx in Self.number(n, c, y + dy, x + dx) } }
        }
      }
      #expect(output.elements(as: Float.self) == expected)
    }
  }

  @Test("maps of several sizes are enlarged to one, and joined")
  func upsampling() throws {
    let small = Tensor((0..<24).map { Float($0) }, shape: [2, 1, 3, 4])
    let large = Tensor((0..<192).map { Float(500 + $0) }, shape: [2, 2, 6, 8])
    let output = try Self.run(UpSampling(nearest: 4, count: 2), [small, large])[0]
    #expect(output.shape == [2, 3, 12, 16])
    for (place, value) in output.elements(as: Float.self).enumerated() {
      let p = output.shape.position(of: place)
      let expected =
        p[1] == 0
        ? (p[0] * 3 + p[2] / 4) * 4 + p[3] / 4 : 500 + ((p[0] * 2 + p[1] - 1) * 6 + p[2] / 2) * 8 + p[3] / 2
      #expect(value == Float(expected))
    }
  }

  @Test("maps of several sizes are enlarged to one, and summed")
  func summedUpsampling() throws {
    let small = Tensor((0..<48).map { Float($0) }, shape: [2, 2, 3, 4])
    let large = Tensor((0..<192).map { Float(500 + $0) }, shape: [2, 2, 6, 8])
    for layout in [Layout.logical, .channelsLast] {
      let output = try UpSampling(nearest: 2, count: 2, combination: .sum).evaluate(
        [small, large], as: Float.self, layout: layout)[0]
      for (place, value) in output.elements(as: Float.self).enumerated() {
        let p = output.shape.position(of: place)
        #expect(value == Float(((p[0] * 2 + p[1]) * 3 + p[2] / 2) * 4 + p[3] / 2 + 500 + place))
      }
    }
  }
}
