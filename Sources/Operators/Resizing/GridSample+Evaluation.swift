internal import Bytes
package import Tensors

extension GridSample {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let (data, output) = (site.input(0).shape, site.output().shape)
    guard output.count > 0 else { return Step { _ in } }
    let taps = GridTaps(self, sizes: Array(data.dimensions[2...]))
    let channels = data[1]
    let plane = data.dimensions[2...].reduce(1, *)
    let positions = output.count / (output[0] * channels)
    let block = 1 << 10
    let blocks = (positions + block - 1) / block
    return Step { evaluation in
      let (x, grid) = (evaluation.input(0), evaluation.input(1))
      let result = evaluation.output()
      evaluation.threads.forEach(output[0] * blocks) { piece, _ in
        let (image, first) = (piece / blocks, piece % blocks * block)
        let count = min(block, positions - first)
        var (places, weights): ([Int], [T]) = ([], [])
        for position in first..<first + count {
          taps.list(grid.span, image * positions + position, &places, &weights)
        }
        for channel in 0..<channels {
          let source = x.span.extracting(((image * channels + channel) * plane)...)
          let start = (image * channels + channel) * positions + first
          result[start..<start + count].withSpan { y in
            for index in 0..<count {
              var sum: T = 0
              for tap in index * taps.count..<(index + 1) * taps.count where places[tap] >= 0 {
                sum += weights[tap] * source[places[tap]]
              }
              y[index] = sum
            }
          }
        }
      }
    }
  }
}

/// Which elements of a plane make a sample, and with what weights.
struct GridTaps: Sendable {
  private let operation: GridSample
  /// Of the spatial dimensions.
  private let sizes: [Int]
  private let strides: [Int]
  private let along: Int
  /// Taps of a sample.
  let count: Int

  init(_ operation: GridSample, sizes: [Int]) {
    self.operation = operation
    self.sizes = sizes
    strides = sizes.rowMajorStrides
    along = [.nearest: 1, .linear: 2, .cubic: 4][operation.method] ?? 1
    count = Array(repeating: along, count: sizes.count).reduce(1, *)
  }

  /// Appends the taps of a position; the place is negative where a tap does not count.
  func list<T: Lane>(_ grid: Span<T>, _ position: Int, _ places: inout [Int], _ weights: inout [T]) {
    let first = places.count
    places.append(0)
    weights.append(1)
    for axis in sizes.indices {
      // x comes first in the grid, and last among the dimensions.
      let number = grid[position * sizes.count + sizes.count - 1 - axis].asFloat
      let (own, shares): ([Int], [T]) = taps(of: number, size: sizes[axis])
      let known = places.count - first
      for tap in 0..<along {
        for index in first..<first + known {
          let place = places[index] < 0 || own[tap] < 0 ? -1 : places[index] + own[tap] * strides[axis]
          if tap + 1 < along {
            places.append(place)
            weights.append(weights[index] * shares[tap])
          } else {
            places[index] = place
            weights[index] *= shares[tap]
          }
        }
      }
    }
  }

  private func taps<T: Lane>(of number: Float, size: Int) -> ([Int], [T]) {
    let length = Float(size)
    var place =
      operation.alignsCorners ? (number + 1) / 2 * (length - 1) : ((number + 1) * length - 1) / 2
    if operation.method == .nearest { place = place.rounded(.toNearestOrEven) }
    place = moved(place, length)
    guard place.magnitude < 0x1p30 else {
      return (Array(repeating: -1, count: along), Array(repeating: 0, count: along))
    }
    let low = place.rounded(.down)
    let share = T(place - low)
    switch operation.method {
    case .nearest: return ([element(Int(low), size)], [1])
    case .linear:
      return ([element(Int(low), size), element(Int(low) + 1, size)], [1 - share, share])
    case .cubic:
      return ((-1..<3).map { element(Int(low) + $0, size) }, cubicWeights(share, -0.75))
    }
  }

  /// The borders between which positions are the map's own.
  private func borders(_ length: Float) -> (low: Float, high: Float) {
    operation.alignsCorners ? (0, length - 1) : (-0.5, length - 0.5)
  }

  /// A position beyond the borders where the padding puts it.
  private func moved(_ place: Float, _ length: Float) -> Float {
    let (low, high) = borders(length)
    guard place < low || place > high else { return place }
    switch operation.padding {
    case .zeros: return place
    // A cubic looks beyond the border, where each of its taps is moved.
    case .border: return operation.method == .cubic ? place : min(max(place, 0), length - 1)
    case .reflection: return reflected(place, low, high)
    }
  }

  private func reflected(_ place: Float, _ low: Float, _ high: Float) -> Float {
    let range = high - low
    let distance = place < low ? low - place : place - high
    guard range > 0, distance.isFinite else { return place.isFinite ? low : .nan }
    let turns = (distance / range).rounded(.towardZero)
    let rest = distance - turns * range
    let isEven = turns.truncatingRemainder(dividingBy: 2) == 0
    return (place < low) == isEven ? low + rest : high - rest
  }

  /// A tap's element, or −1 for a zero.
  private func element(_ index: Int, _ size: Int) -> Int {
    guard !(0..<size ~= index) else { return index }
    switch operation.padding {
    case .zeros: return -1
    case .border: return min(max(index, 0), size - 1)
    case .reflection:
      let (low, high) = borders(Float(size))
      let place = Float(index)
      let inside = place < low || place > high ? reflected(place, low, high) : place
      return Int(checked: Double(inside)).map { min(max($0, 0), size - 1) } ?? -1
    }
  }
}

extension GridSample {
  /// Nearest neighbours are copies; else a sum of products by weights that round themselves: linear ones by their
  /// difference and product, 4/3·u² of the term, a cubic's polynomials by about 3u for each axis.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard method != .nearest else { return .exact }
    let data = operands.input(0)
    let (values, grid) = (Elements<Double>(data.widened), Elements<Float>(operands.input(1).narrowed))
    let taps = GridTaps(self, sizes: Array(data.shape.dimensions[2...]))
    let plane = data.shape.dimensions[2...].reduce(1, *)
    let channels = data.shape[1]
    let positions = operands.outputShape.dimensions[2...].reduce(1, *)
    let weightError = method == .cubic ? 9 * Double(data.shape.rank - 2) : 0
    return .sums(
      GatheredSums(count: taps.count) { element, terms in
        let (map, position) = (element / positions, element % positions)
        var (places, weights): ([Int], [Float]) = ([], [])
        taps.list(grid.span, map / channels * positions + position, &places, &weights)
        for (place, weight) in zip(places, weights) where place >= 0 {
          let (value, share) = (values.span[map * plane + place], weight.asDouble)
          terms.products.append(share * value)
          terms.priorVariance += (4 / 3 * share * share + weightError) * value * value
          terms.priorBound += (4 * abs(share) + weightError) * abs(value)
        }
      })
  }
}
