internal import Tensors

extension VectorKernels {
  package func pack(
    _ weights: Span<Element>, _ block: WeightBlock, into panels: inout MutableSpan<Element>
  ) {
    let width = panelWidth
    var place = 0
    var first = 0
    while first < block.columns {
      for tap in block.taps {
        for channel in block.channels {
          let source = tap + channel * block.channelStride + first * block.columnStride
          for column in 0..<width {
            panels[place + column] =
              first + column < block.columns ? weights[source + column * block.columnStride] : 0
          }
          place += width
        }
      }
      first += width
    }
  }

  package func transpose(
    _ matrix: Span<Element>, rows: Int, into result: inout MutableSpan<Element>
  ) {
    precondition(rows > 0 && matrix.count % rows == 0 && result.count == matrix.count, "\(rows) rows")
    let columns = matrix.count / rows
    let block = 16  // a line of cache each way
    // SAFETY: both spans have rows · columns elements.
    unsafe matrix.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        var row = 0
        while row < rows {
          let rowEnd = min(row &+ block, rows)
          var column = 0
          while column < columns {
            let columnEnd = min(column &+ block, columns)
            for c in column..<columnEnd {
              for r in row..<rowEnd { unsafe target[c &* rows &+ r] = source[r &* columns &+ c] }
            }
            column = columnEnd
          }
          row = rowEnd
        }
      }
    }
  }
}
