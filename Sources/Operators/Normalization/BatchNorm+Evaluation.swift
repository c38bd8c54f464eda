package import Tensors

extension BatchNorm {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let scale = scale(gamma: site.parameter(1), variance: site.parameter(4))
    let shift = site.parameter(2)
    let mean = site.parameter(3)
    let data = site.input(0)
    let axis = data.axis(try resolveAxis(self.axis, rank: data.shape.rank))
    let channels = data.dimensions[axis]
    // Elements of one channel that are next to each other.
    let run = data.dimensions[(axis + 1)...].reduce(1, *)
    guard run * channels > 0 else { return Step { _ in } }
    return Step { [kernels = site.kernels] evaluation in
      let x = evaluation.input(0)
      let size = run == 1 ? max(1, (1 << 14) / channels) * channels : run
      evaluation.output().forEachChunk(of: size, on: evaluation.threads) { start, y, _ in
        let channel = run == 1 ? 0..<channels : (start / run % channels)..<(start / run % channels + 1)
        kernels.normalize(
          x.span.extracting(start...), center: mean.span.extracting(channel),
          scale: scale.span.extracting(channel), shift: shift.span.extracting(channel), into: &y)
      }
    }
  }

  /// γ / √(variance + ε) by channel; γ counts as 1 where it is fixed.
  func scale<T: Lane>(gamma: Elements<T>, variance: Elements<T>) -> Elements<T> {
    let scale = MutableElements<T>(count: variance.count)
    scale.withSpan { scale in
      for channel in scale.indices {
        let factor = fixGamma ? 1 : gamma.span[channel]
        scale[channel] = factor * (1 / (variance.span[channel] + T(epsilon)).squareRoot())
      }
    }
    return scale.elements
  }
}
