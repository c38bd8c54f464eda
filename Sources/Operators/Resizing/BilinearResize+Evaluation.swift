internal import Bytes
package import Tensors

extension BilinearResize {
  package var layout: LayoutPreference { .channelsLast }

  package func step<T: Lane>(at site: Site<T>) -> Step<T> {
    let (input, output) = (site.input(0).shape, site.output().shape)
    let channels = input[1]
    let down = ResizedAxis<T>(from: input[2], to: output[2], alignsCorners: alignsCorners)
    let across = ResizedAxis<T>(from: input[3], to: output[3], alignsCorners: alignsCorners)
    return Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output().forEachChunk(of: max(1, across.count * channels), on: evaluation.threads) {
        start, y, _ in
        let line = start / max(1, across.count * channels)
        let image = line / down.count * down.size
        let row = down[line % down.count]
        let upper = (image + row.first) * across.size
        let lower = (image + row.second) * across.size
        for column in 0..<across.count {
          let place = across[column]
          let (left, right) = (place.first * channels, place.second * channels)
          for channel in 0..<channels {
            let above =
              (1 - place.share) * x.span[upper * channels + left + channel]
              + place.share * x.span[upper * channels + right + channel]
            let below =
              (1 - place.share) * x.span[lower * channels + left + channel]
              + place.share * x.span[lower * channels + right + channel]
            y[column * channels + channel] = (1 - row.share) * above + row.share * below
          }
        }
      }
    }
  }
}

/// Where an output's rows or columns stand between those of the input.
struct ResizedAxis<T: Lane>: Sendable {
  /// Rows of the input.
  let size: Int
  /// Rows of the output.
  let count: Int
  private let step: Float
  private let alignsCorners: Bool

  init(from size: Int, to count: Int, alignsCorners: Bool) {
    self.size = size
    self.count = count
    self.alignsCorners = alignsCorners
    // One row stands at the first, whatever the sizes; the same size is a copy (contrib/bilinear_resize.cc).
    step =
      count <= 1 || size == count
      ? (size == count ? 1 : 0)
      : alignsCorners ? Float(size - 1) / Float(count - 1) : Float(size) / Float(count)
  }

  /// The two rows that a row is mixed from, and the second one's share.
  subscript(_ index: Int) -> (first: Int, second: Int, share: T) {
    var position = step * Float(index)
    if !alignsCorners, size != count {
      // The halves are fp64 in the source, the result fp32.
      position = max(0, Float(Double(step) * (Double(index) + 0.5) - 0.5))
    }
    let first = min(Int(checked: Double(position)) ?? 0, size - 1)
    let second = min(first + 1, size - 1)
    return (first, second, T(position - Float(first)))
  }
}
