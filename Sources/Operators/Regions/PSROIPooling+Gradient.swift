package import Tensors

extension PSROIPooling: DifferentiableOperator {
  package var differentiableInputs: [Int] { [0] }

  /// The gradient of the data, as MXNet computes it; the regions have none.
  ///
  /// With g the gradient of a bin and n its elements, each of them has g/n; one that lies in several bins has the sum,
  /// region by region (mxnet contrib/psroi_pooling.cc). The work is cut by images and groups of channels: a piece adds
  /// its bins up in a map of its own, so that every sum has one order.
  package func gradientStep<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let map = RegionMap(site.input(0))
    let regions = site.input(1).shape[0]
    let groupBins = binsOfGroups(pooledSize: pooledSize, groupSize: groupSize)
    let places = map.height * map.width
    let channels = outputDim
    return Step(scratch: (places + 1) * channels) { evaluation in
      let rois = evaluation.input(1)
      let head = evaluation.input(2)
      let result = evaluation.output(0)
      evaluation.threads.forEach(map.images * groupBins.count) { piece, worker in
        let (image, group) = (piece / groupBins.count, piece % groupBins.count)
        let sums = evaluation.scratch(of: worker)[0..<places * channels]
        let shares = evaluation.scratch(of: worker)[places * channels..<(places + 1) * channels]
        sums.withSpan { sums in
          sums.update(repeating: 0)
          shares.withSpan { shares in
            for row in 0..<regions {
              let region = RegionOfInterest(rois.span, row: row, images: map.images)
              guard region.image == image else { continue }
              let axes = axes(of: region)
              for bin in groupBins[group] {
                let first = ((row * pooledSize + bin.row) * pooledSize + bin.column) * channels
                add(
                  head.span.extracting(first..<first + channels),
                  rows: axes.down.scaledBin(bin.row, size: map.height),
                  columns: axes.across.scaledBin(bin.column, size: map.width), of: map, &shares, to: &sums)
              }
            }
          }
        }
        // Channel k of the output reads channel k·groups + group of the data.
        for channel in 0..<channels {
          let plane = image * map.channels + channel * groupBins.count + group
          result[plane * places..<(plane + 1) * places].withSpan { plane in
            let sums = sums.elements.span
            for place in plane.indices { plane[place] = sums[place * channels + channel] }
          }
        }
      }
    }
  }

  /// Adds a bin's gradient, divided among its elements, to a map `[H, W, outputDim]`.
  ///
  /// - Parameter shares: room for what each element gets.
  private func add<T: Lane>(
    _ gradient: Span<T>, rows: Range<Int>, columns: Range<Int>, of map: RegionMap,
    _ shares: inout MutableSpan<T>, to sums: inout MutableSpan<T>
  ) {
    let count = T(rows.count * columns.count)
    for channel in gradient.indices { shares[channel] = gradient[channel] / count }
    for row in rows {
      for column in columns {
        let first = (row * map.width + column) * gradient.count
        for channel in gradient.indices { sums[first + channel] += shares[channel] }
      }
    }
  }
}
