internal import Tensors

extension VectorKernels {
  package func pool(
    _ data: Span<Element>, _ pool: PoolRows, into output: inout MutableSpan<Element>
  ) {
    let g = pool.geometry
    let images = (pool.positions.upperBound + g.output.count - 1) / max(1, g.output.count)
    precondition(
      pool.positions.lowerBound >= 0 && output.count >= pool.positions.count * g.channels
        && data.count >= images * g.input.count * g.channels, "\(pool)")
    // SAFETY: the sizes have just been checked, and windows are clipped to the map.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe output.withUnsafeMutableBufferPointer { output in
        guard let data = data.baseAddress, let output = output.baseAddress else { return }
        var position = cursor(at: pool.positions.lowerBound, g.output)
        for row in 0..<pool.positions.count {
          unsafe poolWindow(data, pool, position, output + row &* g.channels)
          advance(&position, g.output)
        }
      }
    }
  }
}

/// A window's elements along one axis: all of them in the padded map, and those inside of the map.
@inline(__always)
private func clip(
  _ position: Int, stride: Int, pad: Int, padEnd: Int, kernel: Int, size: Int
) -> (first: Int, end: Int, padded: Int) {
  let start = position &* stride &- pad
  let end = min(start &+ kernel, size &+ padEnd)
  let first = max(start, 0)
  return (first, max(first, min(end, size)), end &- start)
}

@inline(__always)
private func poolWindow<S: VectorLane>(
  _ data: UnsafePointer<S>, _ pool: PoolRows, _ position: PositionCursor, _ output: UnsafeMutablePointer<S>
) {
  let g = pool.geometry
  let z = clip(
    position.z, stride: g.stride.depth, pad: g.pad.depth, padEnd: pool.padEnd.depth, kernel: g.kernel.depth,
    size: g.input.depth)
  let y = clip(
    position.y, stride: g.stride.height, pad: g.pad.height, padEnd: pool.padEnd.height,
    kernel: g.kernel.height, size: g.input.height)
  let x = clip(
    position.x, stride: g.stride.width, pad: g.pad.width, padEnd: pool.padEnd.width, kernel: g.kernel.width,
    size: g.input.width)
  let divisor: S =
    switch pool.divisor {
    case .none: 1
    case .padded: S(z.padded &* y.padded &* x.padded)
    case .inside: S((z.end &- z.first) &* (y.end &- y.first) &* (x.end &- x.first))
    case .kernel: S(g.kernel.count)
    }
  let isMaximum = pool.takesMaximum
  // Below the least fp32 number nothing is recorded: an empty window has it in both precisions.
  let start: S = isMaximum ? -S(Float.greatestFiniteMagnitude) : 0
  var channel = 0
  while channel < g.channels {
    let isVector = channel &+ S.vectorWidth <= g.channels
    var vector = S.Vector(repeating: start)
    var scalar = start
    for iz in z.first..<z.end {
      for iy in y.first..<y.end {
        let line = ((position.image &* g.input.depth &+ iz) &* g.input.height &+ iy) &* g.input.width
        for ix in x.first..<x.end {
          let source = unsafe data + ((line &+ ix) &* g.channels &+ channel)
          if isVector {
            let value = unsafe load(source)
            if isMaximum { vector.replace(with: value, where: value .> vector) } else { vector += value }
          } else {
            let value = unsafe source[0]
            if isMaximum { scalar = value > scalar ? value : scalar } else { scalar += value }
          }
        }
      }
    }
    if isVector {
      unsafe store(pool.divisor == .none ? vector : vector / divisor, output + channel)
      channel &+= S.vectorWidth
    } else {
      unsafe output[channel] = pool.divisor == .none ? scalar : scalar / divisor
      channel &+= 1
    }
  }
}
