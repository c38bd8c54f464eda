internal import Bytes
package import Tensors

extension Clip {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    guard site.output().elementType.isFloatingPoint else { return integerStep() }
    let (low, high) = (T(minimum), T(maximum))
    return .map { $0 > high ? high : $0 < low ? low : $0 }
  }

  private func integerStep<T: Lane>() -> Step<T> {
    let (low, high) = (whole(minimum), whole(maximum))
    return Step { evaluation throws(OperatorError) in
      evaluation.write(try evaluation.integers(0).map { $0 > high ? high : $0 < low ? low : $0 })
    }
  }

  /// A bound of whole numbers: its fraction is cut off, and what is beyond them all bounds nothing.
  private func whole(_ bound: Double) -> Int { Int(checked: bound) ?? (bound < 0 ? .min : .max) }
}
