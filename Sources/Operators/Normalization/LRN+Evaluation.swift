package import Tensors

extension LRN {
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let channels = site.input(0).shape[1]
    // Numbers of the data's type in the source, fp32, their quotient too.
    let (factor, exponent, bias) = (T(Float(alpha) / Float(size)), -T(Float(beta)), T(Float(bias)))
    let reach = size / 2
    return Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: max(1, channels), on: evaluation.threads) { start, y, _ in
        for channel in y.indices {
          var sum: T = 0
          for near in max(0, channel - reach)..<min(channels, channel + reach + 1) {
            sum += x.span[start + near] * x.span[start + near]
          }
          y[channel] = x.span[start + channel] * T.pow(sum * factor + bias, exponent)
        }
      }
    }
  }
}
