internal import Tensors

extension VectorKernels {
  package func locateSamples(
    offsets: Span<Element>, _ strides: PlaneStrides, _ samples: SampleRows, in map: RimmedMap,
    places: inout MutableSpan<UInt32>, weights: inout MutableSpan<Element>
  ) {
    let windows = samples.windows
    let g = windows.geometry
    let displaced = 2 * samples.rule.deformableGroups * g.kernel.count
    let first = windows.positions.lowerBound / max(1, g.output.count) * g.output.count
    let count = windows.positions.count * windows.taps.count
    precondition(
      samples.rule.deformableGroups >= 1 && g.channels % samples.rule.deformableGroups == 0
        && g.input.depth == 1 && g.output.depth == 1 && windows.positions.lowerBound >= 0
        && windows.taps.lowerBound >= 0 && windows.taps.upperBound <= g.kernel.count
        && windows.channels.lowerBound >= 0 && windows.channels.lowerBound < g.channels
        && windows.positions.upperBound <= first + g.output.count && strides.position >= 0
        && strides.channel >= 0
        && offsets.count
          >= strides.extent(positions: windows.positions.upperBound - first, channels: displaced)
        && places.count >= count
        && weights.count >= 4 * count && map.size == g.input && map.elementCount <= Int(UInt32.max),
      "\(samples), \(map)")
    // SAFETY: the sizes have just been checked.
    unsafe offsets.withUnsafeBufferPointer { offsets in
      unsafe places.withUnsafeMutableBufferPointer { places in
        unsafe weights.withUnsafeMutableBufferPointer { weights in
          guard let base = offsets.baseAddress, var places = places.baseAddress,
            var weights = weights.baseAddress
          else { return }
          let group = windows.channels.lowerBound / (g.channels / samples.rule.deformableGroups)
          let offsets = unsafe base + 2 &* group &* g.kernel.count &* strides.channel
          let place: MapPlaces = (map.channels, map.lineStride, map.start(0, 0), map.nowhere)
          var position = cursor(at: windows.positions.lowerBound, g.output)
          for number in windows.positions {
            unsafe locate(
              offsets + (number &- first) &* strides.position, strides.channel, samples, position, place,
              places,
              weights)
            unsafe places += windows.taps.count
            unsafe weights += 4 &* windows.taps.count
            advance(&position, g.output)
          }
        }
      }
    }
  }

  package func gatherSamples(
    _ map: Span<Element>, places: Span<UInt32>, weights: Span<Element>, mask: Span<Element>,
    _ located: LocatedRows, into rows: inout MutableSpan<Element>
  ) {
    guard located.positions > 0, located.taps > 0 else { return }
    let count = located.positions * located.taps
    precondition(
      places.count >= count && weights.count >= 4 * count && located.channels.lowerBound >= 0
        && located.channels.upperBound <= located.map.channels && located.rowStride >= 0
        && located.tapStride >= 0
        && rows.count >= (located.positions - 1) * located.rowStride
          + (located.taps - 1) * located.tapStride + located.channels.count
        && (mask.isEmpty
          || located.mask.position >= 0 && located.mask.channel >= 0
            && mask.count >= located.mask.extent(positions: located.positions, channels: located.taps)),
      "\(located)")
    // All at once, as vectors: a check of each sample would take as long as half of it.
    var last: UInt32 = 0
    for index in 0..<count { last = max(last, places[index]) }
    precondition(
      Int(last) + located.map.lineStride + 2 * located.map.channels <= map.count,
      "a sample outside of its map")
    // SAFETY: sizes and places have just been checked.
    unsafe map.withUnsafeBufferPointer { map in
      unsafe places.withUnsafeBufferPointer { places in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe mask.withUnsafeBufferPointer { mask in
            unsafe rows.withUnsafeMutableBufferPointer { rows in
              guard let base = map.baseAddress, let places = places.baseAddress,
                let weights = weights.baseAddress, let rows = rows.baseAddress
              else { return }
              let first = unsafe base + located.channels.lowerBound
              let mask = mask.isEmpty ? nil : mask.baseAddress
              if located.channels.count >= Element.vectorWidth {
                unsafe gatherVectors(first, places, weights, mask, located, rows)
              } else {
                unsafe gatherElements(first, places, weights, mask, located, rows)
              }
            }
          }
        }
      }
    }
  }
}

/// Elements of a pixel and of a row, and the places of the map's first pixel and of four zeros; a tuple, as calls
/// to another module's type would take longer than a sample.
private typealias MapPlaces = (pixel: Int, line: Int, first: Int, nowhere: Int)

/// All taps of one output position.
///
/// - Parameter offsets: those of the position's first tap, and so many elements from one to the next.
@inline(__always)
private func locate<S: VectorLane>(
  _ offsets: UnsafePointer<S>, _ stride: Int, _ samples: SampleRows, _ position: PositionCursor,
  _ map: MapPlaces,
  _ places: UnsafeMutablePointer<UInt32>, _ weights: UnsafeMutablePointer<S>
) {
  let windows = samples.windows
  let g = windows.geometry
  let y0 = position.y &* g.stride.height &- g.pad.height
  let x0 = position.x &* g.stride.width &- g.pad.width
  let first = samples.rule.isYFirst ? 0 : 1
  var line = windows.taps.lowerBound / g.kernel.width
  var inLine = windows.taps.lowerBound &- line &* g.kernel.width
  var number = 0
  for tap in windows.taps {
    let y = unsafe coordinate(
      offsets[(2 &* tap &+ first) &* stride].single, corner: y0, tap: line &* g.dilation.height,
      samples.rule.coordinates)
    let x = unsafe coordinate(
      offsets[(2 &* tap &+ 1 &- first) &* stride].single, corner: x0, tap: inLine &* g.dilation.width,
      samples.rule.coordinates)
    inLine &+= 1
    if inLine == g.kernel.width { (line, inLine) = (line &+ 1, 0) }
    var start = map.nowhere
    var (top, left): (S, S) = (0, 0)
    var (bottom, right): (S, S) = (0, 0)
    if isInside(y, g.input.height, samples.rule.border), isInside(x, g.input.width, samples.rule.border) {
      let (row, fractionY) = neighbour(of: y, g.input.height, samples.rule.border, S.self)
      let (column, fractionX) = neighbour(of: x, g.input.width, samples.rule.border, S.self)
      if row >= -1 && column >= -1 {
        start = map.first &+ row &* map.line &+ column &* map.pixel
        (top, left, bottom, right) = (1 - fractionY, 1 - fractionX, fractionY, fractionX)
      }
    }
    unsafe places[number] = UInt32(truncatingIfNeeded: start)
    unsafe weights[4 &* number] = top * left
    unsafe weights[4 &* number &+ 1] = top * right
    unsafe weights[4 &* number &+ 2] = bottom * left
    unsafe weights[4 &* number &+ 3] = bottom * right
    number &+= 1
  }
}

/// The element before, or −2 where none counts; and how far the position is from it.
///
/// - Precondition: the position is inside.
@inline(__always)
private func neighbour<S: VectorLane>(
  of position: Coordinate, _ size: Int, _ border: SampleRule.Border, _ type: S.Type
) -> (before: Int, fraction: S) {
  let (before, behind, fraction) = neighbours(of: position, size, border, type)
  switch border {
  // At the far edge an element is its own neighbour, and the rim repeats it. At the near edge it is all of a
  // sample that lies before it by a rounding.
  case .closed: return before == behind && before < size &- 1 ? (before &- 1, 1) : (before, fraction)
  case .zero: return behind &- before > 1 ? (-2, 0) : (before, fraction)
  }
}

/// Rows of at least a vector of channels.
@inline(__always)
private func gatherVectors<S: VectorLane>(
  _ map: UnsafePointer<S>, _ places: UnsafePointer<UInt32>, _ weights: UnsafePointer<S>,
  _ mask: UnsafePointer<S>?, _ located: LocatedRows, _ rows: UnsafeMutablePointer<S>
) {
  let end = located.channels.count &- S.vectorWidth
  let (right, below) = (located.map.channels, located.map.lineStride)
  let maskStride = located.mask.channel
  var (places, weights) = unsafe (places, weights)
  for position in 0..<located.positions {
    var target = unsafe rows + position &* located.rowStride
    var factors = unsafe mask
    if let mask = unsafe mask { unsafe factors = mask + position &* located.mask.position }
    for tap in 0..<located.taps {
      let a = unsafe map + Int(places.pointee)
      let c = unsafe a + below
      let (w0, w1) = unsafe (S.Vector(repeating: weights[0]), S.Vector(repeating: weights[1]))
      let (w2, w3) = unsafe (S.Vector(repeating: weights[2]), S.Vector(repeating: weights[3]))
      // The last vector may begin among the elements of the one before.
      var index = 0
      while index < located.channels.count {
        let start = min(index, end)
        var value = unsafe load(a + start) * w0
        value = unsafe multiplyAdd(value, load(a + start + right), w1)
        value = unsafe multiplyAdd(value, load(c + start), w2)
        value = unsafe multiplyAdd(value, load(c + start + right), w3)
        if let factors = unsafe factors { value *= unsafe factors[tap &* maskStride] }
        unsafe store(value, target + start)
        index &+= S.vectorWidth
      }
      unsafe target += located.tapStride
      unsafe places += 1
      unsafe weights += 4
    }
  }
}

@inline(__always)
private func gatherElements<S: VectorLane>(
  _ map: UnsafePointer<S>, _ places: UnsafePointer<UInt32>, _ weights: UnsafePointer<S>,
  _ mask: UnsafePointer<S>?, _ located: LocatedRows, _ rows: UnsafeMutablePointer<S>
) {
  let (right, below) = (located.map.channels, located.map.lineStride)
  for position in 0..<located.positions {
    for tap in 0..<located.taps {
      let number = position &* located.taps &+ tap
      let a = unsafe map + Int(places[number])
      let weights = unsafe weights + 4 &* number
      let target = unsafe rows + (position &* located.rowStride &+ tap &* located.tapStride)
      let factor = position &* located.mask.position &+ tap &* located.mask.channel
      for index in 0..<located.channels.count {
        var value = unsafe a[index] * weights[0]
        value = unsafe multiplyAdd(value, a[index &+ right], weights[1])
        value = unsafe multiplyAdd(value, a[index &+ below], weights[2])
        value = unsafe multiplyAdd(value, a[index &+ below &+ right], weights[3])
        if let mask = unsafe mask { value *= unsafe mask[factor] }
        unsafe target[index] = value
      }
    }
  }
}
