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
    let count = LocatedRows.padded(windows.positions.count) * windows.taps.count
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
        && weights.count >= 4 * count && map.size == g.input && map.elementCount <= Int(UInt32.max)
        && reach(of: g) < 1 << 22,
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
          var number = windows.positions.lowerBound
          while number < windows.positions.upperBound {
            var corners = (y: SIMD8<Float>(repeating: 0), x: SIMD8<Float>(repeating: 0))
            var lane = 0
            while lane < 8 {
              corners.y[lane] = Float(position.y &* g.stride.height &- g.pad.height)
              corners.x[lane] = Float(position.x &* g.stride.width &- g.pad.width)
              advance(&position, g.output)
              lane &+= 1
            }
            unsafe locate(
              offsets + (number &- first) &* strides.position, strides,
              last: min(windows.positions.upperBound &- number, 8) &- 1, samples, corners, place, places,
              weights)
            unsafe places += 8 &* windows.taps.count
            unsafe weights += 32 &* windows.taps.count
            number &+= 8
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
    let count = LocatedRows.padded(located.positions) * located.taps
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

/// No corner or tap of a window is farther from the map's first element along either axis.
private func reach(of g: WindowGeometry) -> Int {
  max(
    g.input.height + g.pad.height + (g.output.height - 1) * g.stride.height + g.kernel.height
      * g.dilation.height,
    g.input.width + g.pad.width + (g.output.width - 1) * g.stride.width + g.kernel.width * g.dilation.width)
}

/// Elements of a pixel and of a row, and the places of the map's first pixel and of four zeros; a tuple, as calls
/// to another module's type would take longer than a sample.
private typealias MapPlaces = (pixel: Int, line: Int, first: Int, nowhere: Int)

/// All taps of up to eight output positions.
///
/// - Parameters:
///   - offsets: from those of the first position's first tap on.
///   - last: the number of the last position, 7 or less; behind it its offsets are taken at the next windows' corners,
///     which nobody asks for.
///   - corners: of the positions' windows.
@inline(__always)
private func locate<S: VectorLane>(
  _ offsets: UnsafePointer<S>, _ strides: PlaneStrides, last: Int, _ samples: SampleRows,
  _ corners: (y: SIMD8<Float>, x: SIMD8<Float>), _ map: MapPlaces,
  _ places: UnsafeMutablePointer<UInt32>, _ weights: UnsafeMutablePointer<S>
) {
  let windows = samples.windows
  let g = windows.geometry
  let first = samples.rule.isYFirst ? 0 : 1
  var line = windows.taps.lowerBound / g.kernel.width
  var inLine = windows.taps.lowerBound &- line &* g.kernel.width
  let one = SIMD8<S>(repeating: 1)
  var (places, weights) = (UnsafeMutableRawPointer(places), UnsafeMutableRawPointer(weights))
  for tap in windows.taps {
    let (y, x) = unsafe (
      displacements(offsets + (2 &* tap &+ first) &* strides.channel, strides.position, last),
      displacements(offsets + (2 &* tap &+ 1 &- first) &* strides.channel, strides.position, last)
    )
    let (isInRows, rows, bottom): (_, _, SIMD8<S>) = AxisSamples.locate(
      y, corners.y, tap: Float(line &* g.dilation.height), Float(g.input.height), samples.rule)
    let (isInColumns, columns, right): (_, _, SIMD8<S>) = AxisSamples.locate(
      x, corners.x, tap: Float(inLine &* g.dilation.width), Float(g.input.width), samples.rule)
    inLine &+= 1
    if inLine == g.kernel.width { (line, inLine) = (line &+ 1, 0) }
    let isCounted = isInRows .& isInColumns
    let starts =
      UInt32(truncatingIfNeeded: map.first) &+ rows &* UInt32(truncatingIfNeeded: map.line)
      &+ columns &* UInt32(truncatingIfNeeded: map.pixel)
    let nowhere = SIMD8(repeating: UInt32(truncatingIfNeeded: map.nowhere))
    let (top, left) = (one - bottom, one - right)
    unsafe places.storeBytes(of: nowhere.replacing(with: starts, where: isCounted), as: SIMD8<UInt32>.self)
    let size = MemoryLayout<SIMD8<S>>.size
    unsafe weights.storeBytes(of: top * left, as: SIMD8<S>.self)
    unsafe weights.storeBytes(of: top * right, toByteOffset: size, as: SIMD8<S>.self)
    unsafe weights.storeBytes(of: bottom * left, toByteOffset: 2 &* size, as: SIMD8<S>.self)
    unsafe weights.storeBytes(of: bottom * right, toByteOffset: 3 &* size, as: SIMD8<S>.self)
    unsafe places += MemoryLayout<SIMD8<UInt32>>.size
    unsafe weights += 4 &* size
  }
}

/// Eight positions' offsets, from one to the next so many elements; behind the last one it is repeated.
@inline(__always)
private func displacements<S: VectorLane>(
  _ first: UnsafePointer<S>, _ stride: Int, _ last: Int
) -> SIMD8<Float> {
  if stride == 1 && last == 7 {
    return unsafe SIMD8(
      first[0].single, first[1].single, first[2].single, first[3].single, first[4].single, first[5].single,
      first[6].single, first[7].single)
  }
  func element(_ lane: Int) -> Float { unsafe first[min(lane, last) &* stride].single }
  return SIMD8(
    element(0), element(1), element(2), element(3), element(4), element(5), element(6), element(7))
}

/// Rows of at least a vector of channels.
@inline(__always)
private func gatherVectors<S: VectorLane>(
  _ map: UnsafePointer<S>, _ places: UnsafePointer<UInt32>, _ weights: UnsafePointer<S>,
  _ mask: UnsafePointer<S>?, _ located: LocatedRows, _ rows: UnsafeMutablePointer<S>
) {
  let end = located.channels.count &- S.vectorWidth
  let (right, below) = (located.map.channels, located.map.lineStride)
  let maskStrides = located.mask
  var row = unsafe rows
  for position in 0..<located.positions {
    let first = firstTap(of: position, located)
    var (places, weights) = unsafe (places + first.place, weights + first.weight)
    var target = unsafe row
    var factor = position &* maskStrides.position
    for _ in 0..<located.taps {
      let a = unsafe map + Int(places.pointee)
      let c = unsafe a + below
      let (w0, w1) = unsafe (S.Vector(repeating: weights[0]), S.Vector(repeating: weights[8]))
      let (w2, w3) = unsafe (S.Vector(repeating: weights[16]), S.Vector(repeating: weights[24]))
      // The last vector may begin among the elements of the one before.
      var index = 0
      while index < located.channels.count {
        let start = min(index, end)
        var value = unsafe load(a + start) * w0
        value = unsafe multiplyAdd(value, load(a + start + right), w1)
        value = unsafe multiplyAdd(value, load(c + start), w2)
        value = unsafe multiplyAdd(value, load(c + start + right), w3)
        if let mask = unsafe mask { value *= unsafe mask[factor] }
        unsafe store(value, target + start)
        index &+= S.vectorWidth
      }
      unsafe target += located.tapStride
      unsafe places += 8
      unsafe weights += 32
      factor &+= maskStrides.channel
    }
    unsafe row += located.rowStride
  }
}

@inline(__always)
private func gatherElements<S: VectorLane>(
  _ map: UnsafePointer<S>, _ places: UnsafePointer<UInt32>, _ weights: UnsafePointer<S>,
  _ mask: UnsafePointer<S>?, _ located: LocatedRows, _ rows: UnsafeMutablePointer<S>
) {
  let (right, below) = (located.map.channels, located.map.lineStride)
  for position in 0..<located.positions {
    let first = firstTap(of: position, located)
    for tap in 0..<located.taps {
      let a = unsafe map + Int(places[first.place &+ 8 &* tap])
      let weights = unsafe weights + (first.weight &+ 32 &* tap)
      let target = unsafe rows + (position &* located.rowStride &+ tap &* located.tapStride)
      let factor = position &* located.mask.position &+ tap &* located.mask.channel
      for index in 0..<located.channels.count {
        var value = unsafe a[index] * weights[0]
        value = unsafe multiplyAdd(value, a[index &+ right], weights[8])
        value = unsafe multiplyAdd(value, a[index &+ below], weights[16])
        value = unsafe multiplyAdd(value, a[index &+ below &+ right], weights[24])
        if let mask = unsafe mask { value *= unsafe mask[factor] }
        unsafe target[index] = value
      }
    }
  }
}

/// Where the place and the first weight of a position's first tap stand.
@inline(__always)
private func firstTap(of position: Int, _ located: LocatedRows) -> (place: Int, weight: Int) {
  let lane = position & 7
  let eight = (position &- lane) &* located.taps
  return (eight &+ lane, 4 &* eight &+ lane)
}
