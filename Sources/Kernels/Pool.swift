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

/// A window's taps along one axis: the first inside of the map, and how many lie there and in the padded map.
private struct ClippedTaps {
  let first: Int
  let step: Int
  let count: Int
  let padded: Int

  @inline(__always)
  init(_ position: Int, stride: Int, pad: Int, padEnd: Int, kernel: Int, dilation: Int, size: Int) {
    let start = position &* stride &- pad
    // Taps before an element so many behind the start.
    func taps(before distance: Int) -> Int {
      distance <= 0 ? 0 : min(kernel, dilation == 1 ? distance : (distance &+ dilation &- 1) / dilation)
    }
    let skipped = taps(before: 0 &- start)
    first = start &+ skipped &* dilation
    step = dilation
    count = max(0, taps(before: size &- start) &- skipped)
    padded = taps(before: size &+ padEnd &- start)
  }
}

@inline(__always)
private func poolWindow<S: VectorLane>(
  _ data: UnsafePointer<S>, _ pool: PoolRows, _ position: PositionCursor, _ output: UnsafeMutablePointer<S>
) {
  let g = pool.geometry
  let z = ClippedTaps(
    position.z, stride: g.stride.depth, pad: g.pad.depth, padEnd: pool.padEnd.depth, kernel: g.kernel.depth,
    dilation: g.dilation.depth, size: g.input.depth)
  let y = ClippedTaps(
    position.y, stride: g.stride.height, pad: g.pad.height, padEnd: pool.padEnd.height,
    kernel: g.kernel.height, dilation: g.dilation.height, size: g.input.height)
  let x = ClippedTaps(
    position.x, stride: g.stride.width, pad: g.pad.width, padEnd: pool.padEnd.width, kernel: g.kernel.width,
    dilation: g.dilation.width, size: g.input.width)
  // Not by ==, which would be a call through a table for another module's type.
  let divisor: S? =
    switch pool.divisor {
    case .none: nil
    case .padded: S(z.padded &* y.padded &* x.padded)
    case .inside: S(z.count &* y.count &* x.count)
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
    for iz in 0..<z.count {
      let plane = position.image &* g.input.depth &+ z.first &+ iz &* z.step
      for iy in 0..<y.count {
        let line = (plane &* g.input.height &+ y.first &+ iy &* y.step) &* g.input.width &+ x.first
        for ix in 0..<x.count {
          let source = unsafe data + ((line &+ ix &* x.step) &* g.channels &+ channel)
          if isVector {
            let value = unsafe load(source)
            vector = isMaximum ? S.larger(vector, value) : vector + value
          } else {
            let value = unsafe source[0]
            if isMaximum { scalar = value > scalar ? value : scalar } else { scalar += value }
          }
        }
      }
    }
    if isVector {
      unsafe store(divisor.map { vector / $0 } ?? vector, output + channel)
      channel &+= S.vectorWidth
    } else {
      unsafe output[channel] = divisor.map { scalar / $0 } ?? scalar
      channel &+= 1
    }
  }
}
