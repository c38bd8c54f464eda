package import Tensors

extension Pooling {
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard site.input(0).elementType.isFloatingPoint else { return try wholeStep(at: site) }
    let windows = isGlobal ? WindowGeometry(global: site) : try WindowGeometry(geometry, site)
    let padEnd = isGlobal ? Extent.none : Extent(geometry.padEnd[...], filler: 0)
    let channels = windows.channels
    let block = max(1, (1 << 13) / max(1, channels))
    let pool = PoolRows(
      geometry: windows, padEnd: padEnd, positions: 0..<0, takesMaximum: function == .max,
      divisor: function == .average ? PoolRows.Divisor(divisor) : .none)
    if function == .norm { return norm(pool) }
    return Step { [kernels = site.kernels] evaluation in
      let data = evaluation.input(0)
      evaluation.output().forEachChunk(of: max(1, block * channels), on: evaluation.threads) {
        start, chunk, _ in
        var rows = pool
        rows.positions = (start / channels)..<((start + chunk.count) / channels)
        kernels.pool(data.span, rows, into: &chunk)
      }
    }
  }

  /// (Σ|x|^p)^(1/p), the sum of powers pooled.
  private func norm<T: Lane>(_ pool: PoolRows) -> Step<T> {
    let g = pool.geometry
    let exponent = T(power)
    return Step { evaluation in
      let data = evaluation.input(0)
      evaluation.output().forEachChunk(of: max(1, g.channels), on: evaluation.threads) { start, chunk, _ in
        var position = start / g.channels
        let x = position % g.output.width * g.stride.width - g.pad.width
        position /= g.output.width
        let y = position % g.output.height * g.stride.height - g.pad.height
        position /= g.output.height
        let z = position % g.output.depth * g.stride.depth - g.pad.depth
        let image = position / g.output.depth
        for channel in chunk.indices {
          var sum: T = 0
          for iz in max(z, 0)..<max(0, z, min(z + g.kernel.depth, g.input.depth)) {
            for iy in max(y, 0)..<max(0, y, min(y + g.kernel.height, g.input.height)) {
              for ix in max(x, 0)..<max(0, x, min(x + g.kernel.width, g.input.width)) {
                let row = ((image * g.input.depth + iz) * g.input.height + iy) * g.input.width + ix
                sum += T.pow(abs(data.span[row * g.channels + channel]), exponent)
              }
            }
          }
          chunk[channel] = T.pow(sum, 1 / exponent)
        }
      }
    }
  }
}

extension PoolRows.Divisor {
  fileprivate init(_ divisor: Pooling.Divisor) {
    switch divisor {
    case .padded: self = .padded
    case .inside: self = .inside
    case .kernel: self = .kernel
    }
  }
}

extension WindowGeometry {
  /// One window that covers each map.
  fileprivate init<T>(global site: Site<T>) {
    let sizes = site.input(0).shape.dimensions
    // Dimensions beyond three are one run of the last.
    let input = Extent(
      sizes.count > 5 ? [1, 1, sizes[2...].reduce(1, *)] : sizes[2...])
    let one = Extent(height: 1, width: 1)
    self.init(
      input: input, output: one, kernel: input, stride: one, dilation: one, pad: .none, channels: sizes[1])
  }
}
