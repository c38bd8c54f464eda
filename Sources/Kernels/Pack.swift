internal import Tensors

extension VectorKernels {
  package func pack(
    _ weights: Span<Element>, squared: Bool, _ block: WeightBlock, into panels: inout MutableSpan<Element>
  ) {
    if squared {
      pack(block, into: &panels) { weights[$0] * weights[$0] }
    } else {
      pack(block, into: &panels) { weights[$0] }
    }
  }

  package func pack(
    singles weights: Span<Float>, _ block: WeightBlock, into panels: inout MutableSpan<Element>
  ) {
    pack(block, into: &panels) { Element(weights[$0]) }
  }

  @inline(__always)
  private func pack(
    _ block: WeightBlock, into panels: inout MutableSpan<Element>, _ weight: (Int) -> Element
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
              first + column < block.columns ? weight(source + column * block.columnStride) : 0
          }
          place += width
        }
      }
      first += width
    }
  }
}
