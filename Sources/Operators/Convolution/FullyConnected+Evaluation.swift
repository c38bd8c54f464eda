package import Tensors

extension FullyConnected {
  /// Only whole rows can be read in another order: without flattening the last axis is the row.
  package var layout: LayoutPreference { flattens ? .absorbing : .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let data = site.input(0)
    let weight = site.input(1).shape
    let columns = weight[1]
    // Where the map comes channels-last its rows are read as they stand, and the weights packed to fit.
    let isFolded = flattens && data.layout == .channelsLast && data.shape.rank >= 3
    let channels = isFolded ? data.shape[1] : columns
    let places = channels == 0 ? 0 : columns / channels
    let dimensions = BlockedProduct<T>.Dimensions(
      groups: 1, taps: places, channelsPerGroup: channels, filtersPerGroup: units)
    let product = product(dimensions, at: site)
    let addend = site.epilogue.addend
    let rows = site.output().shape.count / max(1, units)
    return Step(scratch: product.scratch) { [units] evaluation in
      let data = evaluation.input(0)
      let addend = evaluation.addend(addend)
      evaluation.output().forEachChunk(
        of: product.blockRows(of: rows) * units, on: evaluation.threads
      ) { start, chunk, worker in
        product.run(
          chunk.count / units, rows: data.span.extracting((start / units * columns)...),
          rowStride: columns, into: &chunk, outputStride: units,
          addend: addend.part(start..<start + chunk.count))
      }
    }
  }
}
