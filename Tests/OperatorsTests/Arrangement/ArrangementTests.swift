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

@Suite("Operators undo each other")
struct InverseTests {
  private func run(_ operation: any Operator, _ inputs: [Tensor]) throws -> [Tensor] {
    try ArrangementTests.run(operation, inputs)
  }

  @Test("what is split is joined again", arguments: [0, 1, 2, 3, -2])
  func split(axis: Int) throws {
    let size = ArrangementTests.shape[axis < 0 ? axis + 4 : axis]
    for sizes in [[], [1, size - 1]] {
      let parts = try run(
        Split(count: sizes.isEmpty ? size : 2, axis: axis, sizes: sizes), [ArrangementTests.numbers])
      let joined = try run(Concat(count: parts.count, axis: axis), parts)[0]
      #expect(joined.shape == ArrangementTests.shape)
      #expect(joined.elements(as: Float.self) == ArrangementTests.numbers.elements(as: Float.self))
    }
  }

  @Test(
    "axes are moved and moved back", arguments: [[0, 2, 3, 1], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]])
  func transpose(axes: [Int]) throws {
    let moved = try run(Transpose(axes: axes), [ArrangementTests.numbers])[0]
    let back = axes.indices.map { axis in axes.firstIndex(of: axis) ?? 0 }
    let again = try run(Transpose(axes: back), [moved])[0]
    #expect(moved.shape.dimensions == axes.map { ArrangementTests.shape[$0] })
    #expect(again.elements(as: Float.self) == ArrangementTests.numbers.elements(as: Float.self))
  }

  @Test("what is added around a map is cropped away", arguments: [Pad.Mode.constant, .edge, .reflect])
  func pad(mode: Pad.Mode) throws {
    let pad = Pad(
      mode, padBegin: [0, 0, 2, 3], padEnd: [0, 0, 1, 4], value: mode == .constant ? -7 : 0)
    let padded = try run(pad, [ArrangementTests.numbers])[0]
    let cropped = try run(Crop(offset: [2, 3], size: [5, 7]), [padded])[0]
    #expect(cropped.elements(as: Float.self) == ArrangementTests.numbers.elements(as: Float.self))
    // The corner: filled, the nearest, or mirrored in the outermost.
    let corner = padded.elements(as: Float.self)[0]
    #expect(corner == (mode == .constant ? -7 : mode == .edge ? 0 : 2 * 7 + 3))
  }

  @Test("a pad along more axes than any map has is refused")
  func manyAxes() {
    let ones = Array(repeating: 1, count: 16)
    let data = Tensor(Array(repeating: Float(0), count: 1 << 16), shape: Shape(ones.map { $0 + 1 }))
    #expect(throws: OperatorError.self) {
      try Pad(.edge, padBegin: ones, padEnd: ones).evaluate([data], as: Float.self)
    }
  }

  @Test("a search or a maximum among nothing is refused, a sum of nothing is 0")
  func nothing() throws {
    let none = Tensor([Int64](), shape: [2, 0])
    let search = ArgMax(.max, axis: 1, keepsOneDimension: true)
    #expect(throws: OperatorError.self) { try search.evaluate([none], as: Float.self) }
    let most = Reduction(.max, axes: [1], keepsOneDimension: true)
    #expect(throws: OperatorError.self) { try most.evaluate([none], as: Float.self) }
    let sum = Reduction(.sum, axes: [1], keepsOneDimension: true)
    #expect(try sum.evaluate([none], as: Float.self)[0].elements(as: Int64.self) == [0, 0])
  }

  @Test("the middle of an axis is swapped with another")
  func swap() throws {
    let swapped = try run(SwapAxes(1, -1), [ArrangementTests.numbers])[0]
    #expect(swapped.shape == [2, 7, 5, 3])
    let expected = try run(Transpose(axes: [0, 3, 2, 1]), [ArrangementTests.numbers])[0]
    #expect(swapped.elements(as: Float.self) == expected.elements(as: Float.self))
  }
}
