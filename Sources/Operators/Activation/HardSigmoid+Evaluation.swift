package import Tensors

extension HardSigmoid {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    // Numbers of the data's type in the source, fp32.
    let (alpha, beta) = (T(Float(alpha)), T(Float(beta)))
    return .map { x in
      let y = alpha * x + beta
      return y > 1 ? 1 : y < 0 ? 0 : y
    }
  }
}
