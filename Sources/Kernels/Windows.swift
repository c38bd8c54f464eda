internal import Tensors

/// A position of an output map, counted up by one at a time; a tuple for the reason given at `TileOutput`.
typealias PositionCursor = (image: Int, z: Int, y: Int, x: Int)

@inline(__always)
func cursor(at position: Int, _ output: Extent) -> PositionCursor {
  let row = position / output.width
  let plane = row / output.height
  return (plane / output.depth, plane % output.depth, row % output.height, position % output.width)
}

@inline(__always)
func advance(_ position: inout PositionCursor, _ output: Extent) {
  position.x &+= 1
  guard position.x == output.width else { return }
  position.x = 0
  position.y &+= 1
  guard position.y == output.height else { return }
  position.y = 0
  position.z &+= 1
  guard position.z == output.depth else { return }
  position.z = 0
  position.image &+= 1
}

extension RowLayout {
  /// Elements that the longest row reaches.
  func extent(taps: Int, channels: Int) -> Int {
    guard taps > 0, channels > 0 else { return 0 }
    let groups = (channels + groupSize - 1) / groupSize
    return (groups - 1) * groupStride + taps * groupSize
  }

  func check(_ windows: WindowRows, rows: Int) {
    precondition(
      groupSize >= 1 && rowStride >= 0 && groupStride >= 0
        && rows >= max(0, windows.positions.count - 1) * rowStride
          + extent(taps: windows.taps.count, channels: windows.channels.count),
      "\(self), \(windows)")
  }
}

extension WindowRows {
  func check(data: Int) {
    let images = (positions.upperBound + geometry.output.count - 1) / max(1, geometry.output.count)
    precondition(
      positions.lowerBound >= 0 && taps.lowerBound >= 0 && taps.upperBound <= geometry.kernel.count
        && channels.lowerBound >= 0 && channels.upperBound <= geometry.channels
        && data >= images * geometry.input.count * geometry.channels, "\(self)")
  }
}

extension VectorKernels {
  package func gatherWindows(
    _ data: Span<Element>, _ windows: WindowRows, _ layout: RowLayout, into rows: inout MutableSpan<Element>
  ) {
    layout.check(windows, rows: rows.count)
    windows.check(data: data.count)
    // SAFETY: the sizes have just been checked; taps outside of the map are never read.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe rows.withUnsafeMutableBufferPointer { rows in
        guard let source = data.baseAddress, let target = rows.baseAddress else { return }
        var position = cursor(at: windows.positions.lowerBound, windows.geometry.output)
        for row in 0..<windows.positions.count {
          unsafe gatherWindow(source, windows, layout, position, target + row &* layout.rowStride)
          advance(&position, windows.geometry.output)
        }
      }
    }
  }
}

@inline(__always)
private func gatherWindow<S: VectorLane>(
  _ data: UnsafePointer<S>, _ windows: WindowRows, _ layout: RowLayout, _ position: PositionCursor,
  _ row: UnsafeMutablePointer<S>
) {
  let g = windows.geometry
  let size = layout.groupSize
  let x0 = position.x &* g.stride.width &- g.pad.width
  // Neighbouring taps are neighbours in memory: a kernel row is one run.
  let isRun = g.dilation.width == 1 && windows.channels.count == g.channels && size == g.channels
  var tap = windows.taps.lowerBound
  while tap < windows.taps.upperBound {
    let line = tap / g.kernel.width
    let tapX = tap &- line &* g.kernel.width
    let lineEnd = min(windows.taps.upperBound, (line &+ 1) &* g.kernel.width)
    let z =
      position.z &* g.stride.depth &- g.pad.depth &+ line / g.kernel.height &* g.dilation.depth
    let y =
      position.y &* g.stride.height &- g.pad.height &+ line % g.kernel.height &* g.dilation.height
    let isInside = z >= 0 && z < g.input.depth && y >= 0 && y < g.input.height
    let mapRow = ((position.image &* g.input.depth &+ z) &* g.input.height &+ y) &* g.input.width
    let target = unsafe row + (tap &- windows.taps.lowerBound) &* size
    let count = lineEnd &- tap
    if isRun {
      let first = isInside ? min(max(-(x0 &+ tapX), 0), count) : count
      let last = isInside ? max(first, min(g.input.width &- x0 &- tapX, count)) : count
      unsafe clear(target, first &* size)
      if last > first {
        unsafe copy(
          data + (mapRow &+ x0 &+ tapX &+ first) &* size, target + first &* size, (last &- first) &* size)
      }
      unsafe clear(target + last &* size, (count &- last) &* size)
    } else {
      for step in 0..<count {
        let x = x0 &+ (tapX &+ step) &* g.dilation.width
        let target = unsafe target + step &* size
        if isInside && x >= 0 && x < g.input.width {
          let pixel = unsafe data + ((mapRow &+ x) &* g.channels &+ windows.channels.lowerBound)
          scatter(windows.channels.count, layout) { unsafe copy(pixel + $0, target + $1, $2) }
        } else {
          scatter(windows.channels.count, layout) { unsafe clear(target + $1, $2) }
        }
      }
    }
    tap = lineEnd
  }
}

/// Splits channels into the groups of a row: channel, place in the row, count.
@inline(__always)
func scatter(_ channels: Int, _ layout: RowLayout, _ body: (Int, Int, Int) -> Void) {
  var channel = 0
  var place = 0
  while channel < channels {
    let count = min(layout.groupSize, channels &- channel)
    body(channel, place, count)
    channel &+= count
    place &+= layout.groupStride
  }
}

@inline(__always)
func copy<S: VectorLane>(_ source: UnsafePointer<S>, _ target: UnsafeMutablePointer<S>, _ count: Int) {
  if count >= S.vectorWidth {
    unsafe target.update(from: source, count: count)
  } else {
    for index in 0..<count { unsafe target[index] = source[index] }
  }
}

@inline(__always)
func clear<S: VectorLane>(_ target: UnsafeMutablePointer<S>, _ count: Int) {
  if count > 0 { unsafe target.update(repeating: 0, count: count) }
}
