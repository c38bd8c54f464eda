package import Tensors

extension Cast {
  package var layout: LayoutPreference { .any }

  /// fp32 and fp64 are the evaluation's own precision; numbers are rounded to the narrower types.
  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let (from, to) = (site.input(0).elementType, site.output().elementType)
    switch elementType {
    case .float16 where from.isFloatingPoint:
      return .map { T(float(fromFloat16: float16Bits(of: $0.asFloat))) }
    case .bfloat16 where from.isFloatingPoint:
      return .map { T(float(fromBFloat16: bfloat16Bits(of: $0.asFloat))) }
    case _ where from == to: return .alias()
    case .bool where from.isFloatingPoint:
      return Step { evaluation in
        let x = evaluation.input(0)
        evaluation.output(0, of: UInt8.self).withSpan { y in
          for index in y.indices { y[index] = x.span[index] == 0 ? 0 : 1 }
        }
      }
    default:
      return Step { evaluation throws(OperatorError) in evaluation.write(try evaluation.integers(0)) }
    }
  }
}
