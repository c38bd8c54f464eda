import Operators
import Tensors
import Testing

@Suite("Orders of elements")
struct LayoutTests {
  /// The logical place of each element in memory order.
  private static func places(_ layout: Layout, _ shape: Shape) -> [Int] {
    let (channels, positions) = (shape[1], shape.dimensions[2...].reduce(1, *))
    let all = 0..<shape[0] * positions * channels
    switch layout {
    case .logical: return Array(all)
    case .channelsLast:
      return all.map { place in
        let (image, rest) = (place / (positions * channels), place % (positions * channels))
        return (image * channels + rest % channels) * positions + rest / channels
      }
    case .grouped(let groups):
      return all.map { place in
        let (image, rest) = (place / (positions * channels), place % (positions * channels))
        let (group, member) = (
          rest % channels / (channels / groups), rest % channels % (channels / groups)
        )
        return (image * channels + member * groups + group) * positions + rest / channels
      }
    }
  }

  @Test(
    "every order is reached from every other, on every instruction set and for any number of threads",
    arguments: InstructionSet.available)
  func permutations(set: InstructionSet) throws {
    for shape: Shape in [
      [2, 12, 5, 7], [1, 48, 40, 17], [3, 6, 1, 1], [1, 1, 30, 9], [2, 33 * 3, 9], [1, 3 * 81, 11, 13],
      [1, 3, 300, 400],
    ] {
      let layouts: [Layout] = [.logical, .channelsLast] + (shape[1] % 3 == 0 ? [.grouped(3)] : [])
      for from in layouts {
        for to in layouts where to != from {
          let source = Tensor(
            Self.places(from, shape).map { Float($0) }, shape: Shape(from.physical(shape)))
          for threads in 1...3 {
            let moved = source.permuted(
              from: from, to: to, with: set.kernels[Float.self], on: Threads(threads))
            #expect(moved.shape == Shape(to.physical(shape)))
            #expect(
              moved.elements(as: Float.self) == Self.places(to, shape).map { Float($0) },
              "\(shape) from \(from) to \(to), \(set)")
          }
          // Integers of the same orders take another way.
          let whole = Tensor(
            Self.places(from, shape).map { Int64($0) }, shape: Shape(from.physical(shape)))
          let moved = whole.permuted(from: from, to: to, with: set.kernels[Float.self], on: Threads(2))
          #expect(moved.elements(as: Int64.self) == Self.places(to, shape).map { Int64($0) })
        }
      }
    }
  }
}
