internal import Tensors

extension VectorKernels {
  package func scatterSamples(
    _ columns: Span<Element>, _ data: Span<Element>, offsets: Span<Element>, mask: Span<Element>,
    _ samples: SampleRows, into map: inout MutableSpan<Element>, moves: inout MutableSpan<Element>
  ) {
    let windows = samples.windows
    guard !windows.positions.isEmpty, !windows.taps.isEmpty, !windows.channels.isEmpty else { return }
    let g = windows.geometry
    let displaced = samples.rule.deformableGroups * g.kernel.count
    windows.check(data: data.count)
    precondition(
      samples.rule.deformableGroups >= 1 && g.channels % samples.rule.deformableGroups == 0, "\(samples)")
    let groups = samples.touchedGroups
    precondition(
      g.input.depth == 1 && g.output.depth == 1
        && windows.positions.lowerBound / g.output.count == (windows.positions.upperBound - 1)
          / g.output.count
        && offsets.count >= windows.positions.upperBound * 2 * displaced
        && (mask.isEmpty || mask.count >= windows.positions.upperBound * displaced)
        && columns.count >= windows.positions.count * windows.taps.count * windows.channels.count
        && map.count >= g.input.count * windows.channels.count
        && moves.count >= groups.count * g.kernel.count * 3 * g.output.count, "\(samples)")
    // SAFETY: the sizes have just been checked; only samples inside of the map are read and written.
    unsafe columns.withUnsafeBufferPointer { columns in
      unsafe data.withUnsafeBufferPointer { data in
        unsafe offsets.withUnsafeBufferPointer { offsets in
          unsafe mask.withUnsafeBufferPointer { mask in
            unsafe map.withUnsafeMutableBufferPointer { map in
              unsafe moves.withUnsafeMutableBufferPointer { moves in
                guard let columns = columns.baseAddress, let data = data.baseAddress,
                  let offsets = offsets.baseAddress, let map = map.baseAddress, let moves = moves.baseAddress
                else { return }
                let first = windows.positions.lowerBound
                var place = cursor(at: first, g.output)
                let image = unsafe data + place.image &* g.input.count &* g.channels
                for row in 0..<windows.positions.count {
                  let position = first &+ row
                  unsafe scatterSample(
                    columns + row &* windows.taps.count &* windows.channels.count, image,
                    offsets + position &* 2 &* displaced,
                    mask.isEmpty ? nil : mask.baseAddress.map { unsafe $0 + position &* displaced }, samples,
                    groups, place, map, moves + position % g.output.count)
                  advance(&place, g.output)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// One row: all taps of one output position.
@inline(__always)
private func scatterSample<S: VectorLane>(
  _ columns: UnsafePointer<S>, _ data: UnsafePointer<S>, _ offsets: UnsafePointer<S>,
  _ mask: UnsafePointer<S>?, _ samples: SampleRows, _ groups: Range<Int>, _ position: PositionCursor,
  _ map: UnsafeMutablePointer<S>, _ moves: UnsafeMutablePointer<S>
) {
  let windows = samples.windows
  let g = windows.geometry
  let width = windows.channels.count
  let groupChannels = g.channels / samples.rule.deformableGroups
  let plane = g.output.count
  let y0 = position.y &* g.stride.height &- g.pad.height
  let x0 = position.x &* g.stride.width &- g.pad.width
  for tap in windows.taps {
    let line = tap / g.kernel.width
    let tapY = line &* g.dilation.height
    let tapX = (tap &- line &* g.kernel.width) &* g.dilation.width
    let row = unsafe columns + (tap &- windows.taps.lowerBound) &* width
    for group in groups {
      let channel = max(group &* groupChannels, windows.channels.lowerBound)
      let count = min((group &+ 1) &* groupChannels, windows.channels.upperBound) &- channel
      let inMap = channel &- windows.channels.lowerBound
      let place = group &* g.kernel.count &+ tap
      let first = samples.rule.isYFirst ? 0 : 1
      let y = unsafe coordinate(
        offsets[2 &* place &+ first].single, corner: y0, tap: tapY, samples.rule.coordinates)
      let x = unsafe coordinate(
        offsets[2 &* place &+ 1 &- first].single, corner: x0, tap: tapX, samples.rule.coordinates)
      let factor: S = unsafe mask.map { unsafe $0[place] } ?? 1
      let sample = Sample<S>(y: y, x: x, g.input, 1, samples.rule.border)
      let worth = unsafe sample.spread(
        row + inMap, factor, data + channel, stride: g.channels, map + inMap, stride: width, count)
      let target = unsafe moves + ((group &- groups.lowerBound) &* g.kernel.count &+ tap) &* 3 &* plane
      unsafe target[first &* plane] = worth.y * factor
      unsafe target[(1 &- first) &* plane] = worth.x * factor
      unsafe target[2 &* plane] = worth.value
    }
  }
}

extension Sample {
  /// Adds a gradient to the elements that the sample was blended of.
  ///
  /// - Precondition: the sample's places are of single elements.
  /// - Returns: what the gradient is worth to the sample's value and position, summed over the channels.
  @inline(__always)
  fileprivate func spread(
    _ gradient: UnsafePointer<S>, _ factor: S, _ data: UnsafePointer<S>, stride: Int,
    _ map: UnsafeMutablePointer<S>, stride mapStride: Int, _ count: Int
  ) -> (y: S, x: S, value: S) {
    @inline(__always)
    func neighbour(_ isPresent: Bool, _ place: Int, _ weight: S) -> S {
      guard isPresent else { return 0 }
      // SAFETY: the neighbour lies in the map, as `init` found.
      return unsafe spreadElement(
        gradient, weight, factor, data + place &* stride, map + place &* mapStride, count)
    }
    let a = neighbour(isPresent.0, places.0, weights.0)
    let b = neighbour(isPresent.1, places.1, weights.1)
    let c = neighbour(isPresent.2, places.2, weights.2)
    let d = neighbour(isPresent.3, places.3, weights.3)
    let y = (1 - fractions.x) * (c - a) + fractions.x * (d - b)
    let x = (1 - fractions.y) * (b - a) + fractions.y * (d - c)
    return (y, x, weights.0 * a + weights.1 * b + weights.2 * c + weights.3 * d)
  }
}

/// Adds a gradient times `weight · factor` to one place of a map.
///
/// A weight of 0 leaves the place alone, as the sources do that visit only places nearer than 1: an infinite
/// gradient makes no NaN there.
///
/// - Returns: the gradient's inner product with the data of the place.
@inline(__always)
func spreadElement<S: VectorLane>(
  _ gradient: UnsafePointer<S>, _ weight: S, _ factor: S, _ data: UnsafePointer<S>,
  _ map: UnsafeMutablePointer<S>, _ count: Int
) -> S {
  // SAFETY: the caller has `count` elements in each.
  let width = S.vectorWidth
  let product = unsafe innerProduct(gradient, data, count)
  guard weight != 0 else { return product }
  let share = weight * factor
  let shares = S.Vector(repeating: share)
  var index = 0
  while index &+ width <= count {
    unsafe store(multiplyAdd(load(map + index), load(gradient + index), shares), map + index)
    index &+= width
  }
  while index < count {
    unsafe map[index] = multiplyAdd(map[index], gradient[index], share)
    index &+= 1
  }
  return product
}

/// The inner product of two runs of numbers: by vectors, their elements last, then the rest.
@inline(__always)
func innerProduct<S: VectorLane>(_ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ count: Int) -> S {
  // SAFETY: the caller has `count` elements in both.
  let width = S.vectorWidth
  var sums = S.Vector(repeating: 0)
  var index = 0
  while index &+ width <= count {
    sums = unsafe multiplyAdd(sums, load(a + index), load(b + index))
    index &+= width
  }
  var sum = S.sum(sums)
  while index < count {
    sum = unsafe multiplyAdd(sum, a[index], b[index])
    index &+= 1
  }
  return sum
}

extension SampleRows {
  /// The deformable groups that the channels are of.
  var touchedGroups: Range<Int> {
    let size = windows.geometry.channels / rule.deformableGroups
    guard size > 0, !windows.channels.isEmpty else { return 0..<0 }
    return windows.channels.lowerBound / size..<(windows.channels.upperBound - 1) / size + 1
  }
}
