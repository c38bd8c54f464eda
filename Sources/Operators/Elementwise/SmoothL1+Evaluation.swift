package import Tensors

extension SmoothL1 {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    // σ is a number of the data's type in the source, fp32 (mshadow_op.h, smooth_l1_loss).
    let factor = T(Float(sigma)) * T(Float(sigma))
    let limit = 1 / factor
    return .map { x in
      if x > limit { return x - 0.5 * limit }
      if x < -limit { return -x - 0.5 * limit }
      return 0.5 * x * x * factor
    }
  }
}
