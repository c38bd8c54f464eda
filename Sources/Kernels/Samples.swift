internal import Tensors

extension VectorKernels {
  package func gatherSamples(
    _ data: Span<Element>, offsets: Span<Element>, mask: Span<Element>, _ samples: SampleRows,
    _ layout: RowLayout, into rows: inout MutableSpan<Element>
  ) {
    let windows = samples.windows
    let displaced = samples.rule.deformableGroups * windows.geometry.kernel.count
    layout.check(windows, rows: rows.count)
    windows.check(data: data.count)
    precondition(
      samples.rule.deformableGroups >= 1 && windows.geometry.channels % samples.rule.deformableGroups == 0
        && windows.geometry.input.depth == 1 && windows.geometry.output.depth == 1
        && offsets.count >= windows.positions.upperBound * 2 * displaced
        && (mask.isEmpty || mask.count >= windows.positions.upperBound * displaced), "\(samples)")
    // SAFETY: the sizes have just been checked; only samples inside of the map are read.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe offsets.withUnsafeBufferPointer { offsets in
        unsafe mask.withUnsafeBufferPointer { mask in
          unsafe rows.withUnsafeMutableBufferPointer { rows in
            guard let data = data.baseAddress, let offsets = offsets.baseAddress,
              let target = rows.baseAddress
            else { return }
            var place = cursor(at: windows.positions.lowerBound, windows.geometry.output)
            for row in 0..<windows.positions.count {
              let position = windows.positions.lowerBound &+ row
              unsafe gatherSample(
                data, offsets + position &* 2 &* displaced,
                mask.isEmpty ? nil : mask.baseAddress.map { unsafe $0 + position &* displaced }, samples,
                layout, place, target + row &* layout.rowStride)
              advance(&place, windows.geometry.output)
            }
          }
        }
      }
    }
  }
}

/// One row: all taps and deformable groups of one output position.
@inline(__always)
private func gatherSample<S: VectorLane>(
  _ data: UnsafePointer<S>, _ offsets: UnsafePointer<S>, _ mask: UnsafePointer<S>?, _ samples: SampleRows,
  _ layout: RowLayout, _ position: PositionCursor, _ row: UnsafeMutablePointer<S>
) {
  let windows = samples.windows
  let g = windows.geometry
  let kernelTaps = g.kernel.count
  let groupChannels = g.channels / samples.rule.deformableGroups
  let map = unsafe data + position.image &* g.input.count &* g.channels
  let y0 = position.y &* g.stride.height &- g.pad.height
  let x0 = position.x &* g.stride.width &- g.pad.width
  // Divisions cost as much as a sample of few channels: one a row, not some a tap.
  let firstGroup = windows.channels.lowerBound / groupChannels
  var line = windows.taps.lowerBound / g.kernel.width
  var inLine = windows.taps.lowerBound &- line &* g.kernel.width
  let isOneRun = windows.channels.count <= layout.groupSize
  for tap in windows.taps {
    let tapY = line &* g.dilation.height
    let tapX = inLine &* g.dilation.width
    inLine &+= 1
    if inLine == g.kernel.width { (line, inLine) = (line &+ 1, 0) }
    let target = unsafe row + (tap &- windows.taps.lowerBound) &* layout.groupSize
    var channel = windows.channels.lowerBound
    var group = firstGroup
    while channel < windows.channels.upperBound {
      let end = min((group &+ 1) &* groupChannels, windows.channels.upperBound)
      let place = group &* kernelTaps &+ tap
      let first = samples.rule.isYFirst ? 0 : 1
      let y = unsafe coordinate(
        offsets[2 &* place &+ first].single, corner: y0, tap: tapY, samples.rule.coordinates)
      let x = unsafe coordinate(
        offsets[2 &* place &+ 1 &- first].single, corner: x0, tap: tapX, samples.rule.coordinates)
      let factor: S? = unsafe mask.map { unsafe $0[place] }
      group &+= 1
      let sample = Sample<S>(y: y, x: x, g.input, g.channels, samples.rule.border)
      if isOneRun {
        unsafe sample.write(
          map + channel, factor, target + (channel &- windows.channels.lowerBound), end &- channel)
        channel = end
      }
      // Runs of channels that are together both in the map and in the row.
      while channel < end {
        let inRow = channel &- windows.channels.lowerBound
        let rowGroup = inRow / layout.groupSize
        let inGroup = inRow &- rowGroup &* layout.groupSize
        let count = min(end &- channel, layout.groupSize &- inGroup)
        unsafe sample.write(
          map + channel, factor, target + (rowGroup &* layout.groupStride &+ inGroup), count)
        channel &+= count
      }
    }
  }
}

/// Where a tap reads along one axis; a tuple for the reason given at `TileOutput`.
///
/// - absolute: one rounded addition, as in every framework's CPU code.
/// - relative: what whole and fraction are taken from, counted from the origin.
typealias Coordinate = (absolute: Float, relative: Float, origin: Int)

@inline(__always)
func coordinate(
  _ offset: Float, corner: Int, tap: Int, _ coordinates: SampleRule.Coordinates
) -> Coordinate {
  let absolute = Float(corner &+ tap) + offset
  switch coordinates {
  case .absolute: return (absolute, absolute, 0)
  case .relative: return (absolute, Float(tap) + offset, corner)
  case .half:
    let rounded = roundedToHalf(absolute)
    return (rounded, rounded, 0)
  }
}

@inline(__always)
private func isInside(_ position: Coordinate, _ size: Int, _ border: SampleRule.Border) -> Bool {
  switch border {
  case .closed: position.absolute >= 0 && position.absolute < Float(size)
  case .zero: position.absolute > -1 && position.absolute < Float(size)
  }
}

/// The elements before and behind, and how far the position is from the one before.
///
/// - Precondition: the position is inside.
@inline(__always)
private func neighbours<S: VectorLane>(
  of position: Coordinate, _ size: Int, _ border: SampleRule.Border, _ type: S.Type
) -> (before: Int, behind: Int, fraction: S) {
  let whole = position.relative.rounded(.down)
  let before = position.origin &+ Int(whole)
  // Not by ==, which would be a call through a table for another module's type.
  switch border {
  case .closed:
    // A relative position may round down across the edge that the absolute one has not crossed.
    if before >= size &- 1 { return (size &- 1, size &- 1, 0) }
    if before < 0 { return (0, 0, 0) }
  case .zero: if before < -1 || before >= size { return (-1, size, 0) }
  }
  return (before, before &+ 1, S(position.relative) - S(whole))
}

/// The nearest fp16 number, ties to even, as a Float; beyond 65504 infinite.
@inline(__always)
func roundedToHalf(_ value: Float) -> Float {
  guard value.isFinite, value != 0 else { return value }
  let exponent = max(Int(value.exponent), -14) &- 10
  // Two to the exponent, from its bits: the initialiser would bring code that the linker shares.
  let step = Float(bitPattern: UInt32(truncatingIfNeeded: exponent &+ 127) << 23)
  let rounded = (value / step).rounded(.toNearestOrEven) * step
  return abs(rounded) > 65504 ? (rounded < 0 ? -.infinity : .infinity) : rounded
}

/// A bilinear sample: up to four elements of the map and their weights.
struct Sample<S: VectorLane> {
  /// Elements from the map's first to the four neighbours: above left, above right, below left, below right.
  var places: (Int, Int, Int, Int) = (0, 0, 0, 0)
  var weights: (S, S, S, S) = (0, 0, 0, 0)
  /// How far the position is from the neighbours above and to the left.
  var fractions: (y: S, x: S) = (0, 0)
  /// Which neighbours lie in the map; none where the sample does not count.
  var isPresent: (Bool, Bool, Bool, Bool) = (false, false, false, false)

  /// NaN and infinite positions are outside.
  @inline(__always)
  init(
    y: Coordinate, x: Coordinate, _ map: Extent, _ channels: Int, _ border: SampleRule.Border
  ) {
    guard isInside(y, map.height, border), isInside(x, map.width, border) else { return }
    let (top, bottom, fractionY) = neighbours(of: y, map.height, border, S.self)
    let (left, right, fractionX) = neighbours(of: x, map.width, border, S.self)
    let hasTop = top >= 0
    let hasLeft = left >= 0
    let hasBottom = bottom < map.height
    let hasRight = right < map.width
    isPresent = (hasTop && hasLeft, hasTop && hasRight, hasBottom && hasLeft, hasBottom && hasRight)
    places = (
      (top &* map.width &+ left) &* channels, (top &* map.width &+ right) &* channels,
      (bottom &* map.width &+ left) &* channels, (bottom &* map.width &+ right) &* channels
    )
    fractions = (fractionY, fractionX)
    weights = (
      (1 - fractionY) * (1 - fractionX), (1 - fractionY) * fractionX, fractionY * (1 - fractionX),
      fractionY * fractionX
    )
  }

  /// Writes the sample of `count` channels.
  @inline(__always)
  func write(_ map: UnsafePointer<S>, _ factor: S?, _ target: UnsafeMutablePointer<S>, _ count: Int) {
    if isPresent.0 && isPresent.1 && isPresent.2 && isPresent.3 {
      unsafe writeInner(map, factor, target, count)
    } else {
      unsafe writeEdge(map, factor, target, count)
    }
  }

  @inline(__always)
  private func writeInner(
    _ map: UnsafePointer<S>, _ factor: S?, _ target: UnsafeMutablePointer<S>, _ count: Int
  ) {
    // SAFETY: all four neighbours lie in the map, as `init` found.
    let a = unsafe map + places.0
    let b = unsafe map + places.1
    let c = unsafe map + places.2
    let d = unsafe map + places.3
    var index = 0
    while index &+ S.vectorWidth <= count {
      var value = unsafe load(a + index) * weights.0
      value = unsafe multiplyAdd(value, load(b + index), S.Vector(repeating: weights.1))
      value = unsafe multiplyAdd(value, load(c + index), S.Vector(repeating: weights.2))
      value = unsafe multiplyAdd(value, load(d + index), S.Vector(repeating: weights.3))
      if let factor { value *= factor }
      unsafe store(value, target + index)
      index &+= S.vectorWidth
    }
    while index < count {
      var value = unsafe a[index] * weights.0
      value = unsafe multiplyAdd(value, b[index], weights.1)
      value = unsafe multiplyAdd(value, c[index], weights.2)
      value = unsafe multiplyAdd(value, d[index], weights.3)
      unsafe target[index] = factor.map { $0 * value } ?? value
      index &+= 1
    }
  }

  /// Only neighbours in the map count, whatever the others hold: an infinity outside must not become NaN.
  @inline(__always)
  private func writeEdge(
    _ map: UnsafePointer<S>, _ factor: S?, _ target: UnsafeMutablePointer<S>, _ count: Int
  ) {
    guard isPresent.0 || isPresent.1 || isPresent.2 || isPresent.3 else {
      let nothing: S = 0
      unsafe target.update(repeating: factor.map { $0 * nothing } ?? nothing, count: count)
      return
    }
    // SAFETY: neighbours outside of the map are not read.
    var index = 0
    while index &+ S.vectorWidth <= count {
      var value = S.Vector(repeating: 0)
      if isPresent.0 { value = unsafe load(map + (places.0 &+ index)) * weights.0 }
      if isPresent.1 {
        value = unsafe multiplyAdd(value, load(map + (places.1 &+ index)), S.Vector(repeating: weights.1))
      }
      if isPresent.2 {
        value = unsafe multiplyAdd(value, load(map + (places.2 &+ index)), S.Vector(repeating: weights.2))
      }
      if isPresent.3 {
        value = unsafe multiplyAdd(value, load(map + (places.3 &+ index)), S.Vector(repeating: weights.3))
      }
      if let factor { value *= factor }
      unsafe store(value, target + index)
      index &+= S.vectorWidth
    }
    while index < count {
      var value: S = 0
      if isPresent.0 { value = unsafe map[places.0 &+ index] * weights.0 }
      if isPresent.1 { value = unsafe multiplyAdd(value, map[places.1 &+ index], weights.1) }
      if isPresent.2 { value = unsafe multiplyAdd(value, map[places.2 &+ index], weights.2) }
      if isPresent.3 { value = unsafe multiplyAdd(value, map[places.3 &+ index], weights.3) }
      unsafe target[index] = factor.map { $0 * value } ?? value
      index &+= 1
    }
  }
}
