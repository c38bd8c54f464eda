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
      [1, 3, 300, 400], [1, 40, 33, 50], [2, 700, 5, 5],
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
          let wide = source.converted(to: Double.self, on: Threads(2)).permuted(
            from: from, to: to, with: set.kernels[Double.self], on: Threads(2))
          #expect(wide.elements(as: Double.self) == Self.places(to, shape).map { Double($0) })
          // Integers of the same orders take another way.
          let whole = Tensor(
            Self.places(from, shape).map { Int64($0) }, shape: Shape(from.physical(shape)))
          let moved = whole.permuted(from: from, to: to, with: set.kernels[Float.self], on: Threads(2))
          #expect(moved.elements(as: Int64.self) == Self.places(to, shape).map { Int64($0) })
        }
      }
    }
  }

  @Test(
    "convolutions write planes with the bits of rows, over the bounds of images too",
    arguments: InstructionSet.available)
  func planes(set: InstructionSet) throws {
    func numbers(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { Float($0 * 7919 % 1021) / 1021 - 0.4 }, shape: shape)
    }
    func geometry(_ kernel: Int) -> ConvolutionGeometry {
      let pad = [kernel / 2, kernel / 2]
      return ConvolutionGeometry(
        kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], padBegin: pad, padEnd: pad)
    }
    let data = numbers([3, 20, 7, 9])
    let cases: [(any Operator, [Tensor])] = [
      (
        Convolution(geometry: geometry(3), groups: 1, filters: 37, hasBias: false),
        [data, numbers([37, 20, 3, 3])]
      ),
      (
        Convolution(geometry: geometry(1), groups: 1, filters: 19, hasBias: true),
        [data, numbers([19, 20, 1, 1]), numbers([19])]
      ),
      (
        Convolution(geometry: geometry(3), groups: 5, filters: 20, hasBias: false),
        [data, numbers([20, 4, 3, 3])]
      ),
      (
        DeformableConvolution(
          geometry: geometry(3), groups: 1, deformableGroups: 2, filters: 33, hasBias: false,
          hasMask: false, border: .zero),
        [data, numbers([3, 36, 7, 9]), numbers([33, 20, 3, 3])]
      ),
    ]
    for (operation, inputs) in cases {
      let rows = try operation.evaluate(
        inputs, as: Float.self, layout: .channelsLast, in: EvaluationContext(kernels: set.kernels))
      for threads in 1...3 {
        let planes = try operation.evaluate(
          inputs, as: Float.self, layout: .logical,
          in: EvaluationContext(kernels: set.kernels, threads: Threads(threads)))
        #expect(planes[0].elements(as: Float.self) == rows[0].elements(as: Float.self), "\(operation)")
      }
    }
  }
}
