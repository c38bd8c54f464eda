package import Tensors

extension Activation {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let type = site.input(0).elementType
    guard type.isFloatingPoint else {
      guard function == .relu, type != .bool else {
        throw .input("data", found: "\(type.rawValue) elements", expected: "floating-point numbers")
      }
      return Step { evaluation throws(OperatorError) in
        evaluation.write(try evaluation.integers(0).map { max($0, 0) })
      }
    }
    switch function {
    case .relu:
      return Step { [kernels = site.kernels] evaluation in
        let x = evaluation.input(0)
        evaluation.output().forEachChunk(of: 1 << 14, on: evaluation.threads) { start, y, _ in
          kernels.rectify(x.span.extracting(start...), into: &y)
        }
      }
    case .sigmoid: return .map { 1 / (1 + T.exp(-$0)) }
    case .tanh: return .map { T.tanh($0) }
    // MXNet's own test against overflow (mshadow_op.h, softrelu): beyond 20 the logarithm adds nothing.
    case .softrelu: return .map { $0 > 20 ? $0 : T.log1p(T.exp($0)) }
    case .softsign: return .map { $0 / (1 + abs($0)) }
    }
  }
}
