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
}
