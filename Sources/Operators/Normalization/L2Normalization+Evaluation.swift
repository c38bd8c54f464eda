package import Tensors

extension L2Normalization {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let data = site.input(0)
    let sizes = data.dimensions
    guard let images = sizes.first, data.shape.count > 0 else { return Step { _ in } }
    // Numbers of the data's type in the source, fp32.
    let epsilon = Double(Float(epsilon))
    let whole = sizes.dropFirst().reduce(1, *)
    // An image is rows of columns; sums run along one of both.
    let columns: Int
    switch mode {
    case .instance: columns = whole
    case .channel, .spatial:
      let channels = data.shape[1]
      columns = data.layout == .channelsLast ? channels : whole / channels
    }
    let sumsRows = mode == .instance || (mode == .channel) == (data.layout == .channelsLast)
    let chunk = sumsRows ? columns : whole
    precondition(images * whole == data.shape.count, "\(data.shape)")
    return Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: chunk, on: evaluation.threads) { start, y, _ in
        let groups = sumsRows ? 1 : columns
        var sums = Array(repeating: 0.0, count: groups)
        for index in y.indices {
          let value = x.span[start + index].asDouble
          sums[index % groups] += value * value
        }
        let norms = sums.map { T(($0 + epsilon).squareRoot()) }
        for index in y.indices { y[index] = x.span[start + index] / norms[index % groups] }
      }
    }
  }
}
