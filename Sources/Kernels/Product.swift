internal import CProcessor
internal import Tensors

/// Where a tile's results go, and what is added on the way.
///
/// A tuple, as a struct of this size would bring copying code that the linker shares with other modules:
/// wide instructions could then run on a machine without them.
typealias TileOutput<S: VectorLane> = (
  output: UnsafeMutablePointer<S>, stride: Int, accumulates: Bool, bias: UnsafePointer<S>?,
  addend: UnsafePointer<S>?, rectifies: Bool
)

/// Multiplies `rows` rows, a constant where it is called, with one panel of two vectors.
///
/// - Complexity: rows · depth · panel width multiplies, 24 independent sums in AVX-512.
@inline(__always)
func tile<S: VectorLane>(
  rows: Int, depth: Int, _ a: UnsafePointer<S>, _ aStride: Int, _ panel: UnsafePointer<S>,
  _ target: TileOutput<S>
) {
  // SAFETY: `multiply` has checked the spans against the sizes.
  let width = S.vectorWidth
  let zero = S.Vector(repeating: 0)
  // Written out: the initialiser that repeats may be left a function of its own, which the linker shares and for which
  // the sums would stay in memory.
  var sums: InlineArray<24, S.Vector> = [
    zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero,
    zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero,
  ]
  let output = unsafe target.output
  let stride = unsafe target.stride
  // What the end reads and writes is far away where maps are large.
  var line = 0
  while line < rows {
    unsafe prefetch(output + line &* stride)
    if let addend = unsafe target.addend { unsafe prefetch(addend + line &* stride) }
    line &+= 1
  }
  var b = unsafe panel
  var k = 0
  while k < depth {
    let b0 = unsafe load(b)
    let b1 = unsafe load(b + width)
    var i = 0
    while i < rows {
      let value = unsafe S.Vector(repeating: a[i &* aStride &+ k])
      unsafe sums[unchecked: 2 &* i] = multiplyAdd(sums[unchecked: 2 &* i], value, b0)
      unsafe sums[unchecked: 2 &* i &+ 1] = multiplyAdd(sums[unchecked: 2 &* i &+ 1], value, b1)
      i &+= 1
    }
    unsafe b += 2 &* width
    k &+= 1
  }
  // One short loop for each part of the end: the compiler writes those out, and the sums stay in registers. Were
  // results rectified among them, they would not: that is done as they stand in the output.
  if unsafe target.accumulates {
    var i = 0
    while i < rows {
      let line = unsafe output + i &* stride
      unsafe sums[unchecked: 2 &* i] = load(line) + sums[unchecked: 2 &* i]
      unsafe sums[unchecked: 2 &* i &+ 1] = load(line + width) + sums[unchecked: 2 &* i &+ 1]
      i &+= 1
    }
  }
  if let bias = unsafe target.bias {
    let b0 = unsafe load(bias)
    let b1 = unsafe load(bias + width)
    var i = 0
    while i < rows {
      unsafe sums[unchecked: 2 &* i] += b0
      unsafe sums[unchecked: 2 &* i &+ 1] += b1
      i &+= 1
    }
  }
  if let addend = unsafe target.addend {
    var i = 0
    while i < rows {
      let line = unsafe addend + i &* stride
      unsafe sums[unchecked: 2 &* i] += load(line)
      unsafe sums[unchecked: 2 &* i &+ 1] += load(line + width)
      i &+= 1
    }
  }
  var i = 0
  while i < rows {
    let line = unsafe output + i &* stride
    unsafe store(sums[unchecked: 2 &* i], line)
    unsafe store(sums[unchecked: 2 &* i &+ 1], line + width)
    i &+= 1
  }
  if unsafe target.rectifies {
    i = 0
    while i < rows {
      let line = unsafe output + i &* stride
      unsafe store(S.rectified(load(line)), line)
      unsafe store(S.rectified(load(line + width)), line + width)
      i &+= 1
    }
  }
}

/// Asks for two vectors' lines.
@inline(__always)
private func prefetch<S: VectorLane>(_ address: UnsafePointer<S>) {
  // SAFETY: nothing is read.
  unsafe dcn_prefetch(address)
  unsafe dcn_prefetch(address + S.vectorWidth)
}
