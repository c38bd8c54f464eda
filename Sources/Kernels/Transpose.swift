internal import Tensors

extension VectorKernels {
  package func transpose(
    _ matrix: Span<Element>, _ move: Transposition, into result: inout MutableSpan<Element>
  ) {
    let rows = move.rows
    precondition(
      rows > 0 && matrix.count % rows == 0 && move.groups >= 1 && rows % move.groups == 0
        && move.columns.lowerBound >= 0 && move.columns.upperBound <= matrix.count / rows
        && move.stride >= rows && result.count == move.resultCount,
      "\(move), \(matrix.count), \(result.count)")
    // SAFETY: the sizes have just been checked.
    unsafe matrix.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        guard let base = source.baseAddress, let target = target.baseAddress else { return }
        unsafe transposeColumns(base, source.count / rows, move, target)
      }
    }
  }

  package func rim(
    _ planes: Span<Element>, _ map: RimmedMap, _ border: SampleRule.Border,
    into pixels: inout MutableSpan<Element>
  ) {
    let (height, width, pixel) = (map.size.height, map.size.width, map.channels)
    precondition(
      height > 0 && width > 0 && planes.count == height * width * pixel && pixels.count == map.elementCount,
      "\(map), \(planes.count), \(pixels.count)")
    let (first, line, nowhere) = (map.start(0, 0), map.lineStride, map.nowhere)
    let (row, count) = (width * pixel, map.elementCount)
    // SAFETY: the sizes have just been checked.
    unsafe planes.withUnsafeBufferPointer { source in
      unsafe pixels.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        unsafe clear(target, first)
        for y in 0..<height {
          let place = unsafe target + (first &+ y &* line)
          let move = Transposition(rows: pixel, columns: y &* width..<(y &+ 1) &* width)
          unsafe transposeColumns(source, height &* width, move, place)
          // Behind a row comes the pixel before the next one.
          unsafe clear(place + row, 2 &* pixel)
          if border == .closed { unsafe copy(place + (row &- pixel), place + row, pixel) }
        }
        let last = unsafe target + (first &+ height &* line)
        unsafe clear(last, nowhere &- first &- height &* line)
        if border == .closed { unsafe copy(last - line, last, row &+ pixel) }
        unsafe clear(target + nowhere, count &- nowhere)
      }
    }
  }
}

/// The columns of a matrix of rows of so many elements.
@inline(__always)
private func transposeColumns<S: VectorLane>(
  _ source: UnsafePointer<S>, _ columns: Int, _ move: Transposition, _ target: UnsafeMutablePointer<S>
) {
  // SAFETY: as in `transpose`.
  if move.rows < S.vectorWidth || move.columns.count < S.vectorWidth {
    unsafe transposeElements(source, columns, move, target)
  } else {
    unsafe transposeBlocks(source, columns, move, target)
  }
}

/// All square blocks, strip of columns by strip; what is left over at an end is done by moving the last block back.
///
/// The inner loop goes along the side whose rows lie farther apart: of few long rows a processor fetches the next lines
/// by itself.
@inline(__always)
private func transposeBlocks<S: VectorLane>(
  _ source: UnsafePointer<S>, _ columns: Int, _ move: Transposition, _ target: UnsafeMutablePointer<S>
) {
  // SAFETY: as in `transpose`.
  let width = S.vectorWidth
  let end = move.columns.upperBound
  // Along the result's rows a block at a time; along the matrix's so far that a strip's lines of the result stay in
  // the second cache until the last row has come.
  let strip = move.stride > columns ? width : 32 &* width
  var first = move.columns.lowerBound
  while first < end {
    let next = min(first &+ strip, end)
    var row = 0
    while row < move.rows {
      let place = min(row, move.rows &- width)
      var column = first
      while column < next {
        let start = min(column, end &- width)
        unsafe transposeBlock(source + start, columns, move, place, target + index(start, place, move))
        column &+= width
      }
      row &+= width
    }
    first = next
  }
}

/// Where an element goes.
@inline(__always)
private func index(_ column: Int, _ row: Int, _ move: Transposition) -> Int {
  (column &- move.columns.lowerBound) &* move.stride &+ row
}

/// The row of the source that stands in a column of the result.
@inline(__always)
private func sourceRow(_ column: Int, _ move: Transposition) -> Int {
  if move.groups == 1 { return column }
  let size = move.rows / move.groups
  return column % size &* move.groups &+ column / size
}

@inline(__always)
private func transposeElements<S: VectorLane>(
  _ source: UnsafePointer<S>, _ columns: Int, _ move: Transposition, _ target: UnsafeMutablePointer<S>
) {
  for row in 0..<move.rows {
    let line = unsafe source + sourceRow(row, move) &* columns
    for column in move.columns {
      unsafe target[index(column, row, move)] = line[column]
    }
  }
}

/// A square block of as many rows as a vector has elements.
///
/// Each round takes every other element of two neighbouring rows, and so turns the bits of (row, column) by one
/// place; after as many rounds as a row's number has bits, rows and columns have changed places. The lower bits turn
/// within pieces of 128 bits, the upper ones by moving whole pieces.
@inline(__always)
private func transposeBlock<S: VectorLane>(
  _ source: UnsafePointer<S>, _ columns: Int, _ move: Transposition, _ row: Int,
  _ target: UnsafeMutablePointer<S>
) {
  // SAFETY: as in `transpose`.
  if move.groups == 1 {
    let first = unsafe source + row &* columns
    unsafe transposeBlock(line: { unsafe first + $0 &* columns }, move.stride, target)
  } else {
    unsafe transposeBlock(
      line: { unsafe source + sourceRow(row &+ $0, move) &* columns }, move.stride, target)
  }
}

/// - Parameter line: where a row's vector is.
@inline(__always)
private func transposeBlock<S: VectorLane>(
  line: (Int) -> UnsafePointer<S>, _ stride: Int, _ target: UnsafeMutablePointer<S>
) {
  // SAFETY: as in `transpose`.
  let width = S.vectorWidth
  let half = width / 2
  let piece = S.pieceWidth
  func row(_ index: Int) -> S.Vector { unsafe index < width ? load(line(index)) : S.Vector(repeating: 0) }
  // Written out: an array that a loop fills would stay in memory.
  var vectors: InlineArray<16, S.Vector> = [
    row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7),
    row(8), row(9), row(10), row(11), row(12), row(13), row(14), row(15),
  ]
  var index = 0
  var round = 1
  while round < piece {
    let turned = vectors
    index = 0
    while index < half {
      let first = 2 &* index / piece &* piece
      let place = index % (piece / 2)
      let (a, b) = unsafe (turned[unchecked: 2 &* index], turned[unchecked: 2 &* index &+ 1])
      unsafe vectors[unchecked: first &+ place] = S.evens(a, b)
      unsafe vectors[unchecked: first &+ place &+ piece / 2] = S.odds(a, b)
      index &+= 1
    }
    round &*= 2
  }
  while round < width {
    let turned = vectors
    index = 0
    while index < half {
      let first = index / piece &* piece &+ index
      let (a, b) = unsafe (turned[unchecked: first], turned[unchecked: first &+ piece])
      unsafe vectors[unchecked: index] = S.evenPieces(a, b)
      unsafe vectors[unchecked: index &+ half] = S.oddPieces(a, b)
      index &+= 1
    }
    round &*= 2
  }
  index = 0
  while index < width {
    unsafe store(vectors[unchecked: index], target + index &* stride)
    index &+= 1
  }
}
