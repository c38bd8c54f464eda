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
  var sums = InlineArray<24, S.Vector>(repeating: S.Vector(repeating: 0))
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
  var i = 0
  while i < rows {
    unsafe finish(sums[unchecked: 2 &* i], target, i, 0)
    unsafe finish(sums[unchecked: 2 &* i &+ 1], target, i, width)
    i &+= 1
  }
}

@inline(__always)
func finish<S: VectorLane>(_ sum: S.Vector, _ target: TileOutput<S>, _ row: Int, _ column: Int) {
  // SAFETY: as in `tile`.
  let place = unsafe row &* target.stride &+ column
  var value = sum
  if unsafe target.accumulates { value = unsafe load(target.output + place) + value }
  if let bias = unsafe target.bias { value += unsafe load(bias + column) }
  if let addend = unsafe target.addend { value += unsafe load(addend + place) }
  if unsafe target.rectifies { value = S.rectified(value) }
  unsafe store(value, target.output + place)
}
