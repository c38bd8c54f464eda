package import Tensors

extension LeakyReLU {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    // A number of the data's type in the source, fp32.
    let slope = T(Float(slope))
    switch function {
    case .leaky: return .map { $0 > 0 ? $0 : $0 * slope }
    case .elu: return .map { $0 > 0 ? $0 : slope * T.expm1($0) }
    case .selu:
      // Klambauer et al. 2017, equation 14; of the data's type in the source, as the products of them are not.
      let (alpha, lambda) = (T(1.6732632423543772), T(1.0507009873554805))
      return .map { lambda * ($0 > 0 ? $0 : alpha * T.expm1($0)) }
    case .gelu: return .map { 0.5 * $0 * (1 + T.erf($0 / T(2).squareRoot())) }
    case .prelu: return parametric(at: site)
    }
  }

  private func parametric<T: Lane>(at site: Site<T>) -> Step<T> {
    let data = site.input(0)
    let gamma = gamma(at: site)
    let meeting = Broadcasting(data.dimensions, gamma.shape.dimensions, output: data.dimensions)
    return Step { evaluation in
      let (x, gamma) = (evaluation.input(0), Elements<T>(gamma))
      evaluation.output().forEachChunk(of: 1 << 13, on: evaluation.threads) { start, y, _ in
        meeting.forEachRun(of: start..<(start + y.count)) { a, b, place, count in
          for index in 0..<count {
            let value = x.span[meeting.repeats.0 ? a : a + index]
            y[place + index] =
              value > 0 ? value : value * gamma.span[meeting.repeats.1 ? b : b + index]
          }
        }
      }
    }
  }

  /// The slopes with as many axes as the data, in its layout.
  private func gamma<T: Lane>(at site: Site<T>) -> Tensor {
    let data = site.input(0)
    let elements = site.parameter(1)
    let gamma = Tensor((0..<elements.count).map { elements.span[$0] }, shape: site.input(1).shape)
    let rank = data.shape.rank
    var sizes = gamma.shape.dimensions
    if gammaPlacement == .channels, sizes.count == 1, rank > 1 {
      sizes = [1, sizes[0]] + Array(repeating: 1, count: rank - 2)
    } else {
      sizes = Array(repeating: 1, count: max(0, rank - sizes.count)) + sizes
    }
    let aligned = gamma.reshaped(to: Shape(sizes))
    return aligned.permuted(from: .logical, to: data.layout, with: site.kernels, on: Threads(1))
  }
}
