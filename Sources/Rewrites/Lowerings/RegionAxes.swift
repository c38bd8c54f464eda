internal import Operators
internal import Tensors

/// Regions along one axis of a map, as position-sensitive pooling cuts them: fp32 `[R]`, in the source's order.
struct RegionAxes {
  let start: Wire
  let length: Wire
  /// length / bins, by a true division.
  let bin: Wire

  /// From round(from)·scale to (round(to) + 1)·scale, each less `margin`, and at least 0.1 long.
  ///
  /// - Parameters:
  ///   - rois: `[R, 5]`.
  ///   - from: the column of the first corner; that of the last is two on.
  init(
    _ rois: Wire, from: Int, scale: Double, margin: Double, bins: Int, rounding: RegionRounding,
    _ c: inout ONNXComposer
  ) {
    let factor = c.float(Double(Float(scale)))
    func edge(_ corner: Wire) -> Wire {
      let scaled = c.multiply(corner, factor)
      return margin == 0 ? scaled : c.subtract(scaled, c.float(margin))
    }
    let first = c.round(c.pick(rois, from, 1), rounding)
    let last = c.round(c.pick(rois, from + 2, 1), rounding)
    start = edge(first)
    let end = edge(c.add(last, c.float(1)))
    length = c.maximum(c.subtract(end, start), c.floats([0.1], []))
    bin = c.quotient(length, bins)
  }
}

extension ONNXComposer {
  /// a / count, rounded once, also where a runtime multiplies by the reciprocal (OpenVINO): the rest of the first
  /// quotient, which is exact in two parts, corrects it.
  mutating func quotient(_ a: Wire, _ count: Int) -> Wire {
    let divisor = float(Double(count))
    let first = divide(a, divisor)
    guard count & (count - 1) != 0 else { return first }
    let high = multiply(floor(multiply(first, float(1024))), float(1.0 / 1024))
    let low = subtract(first, high)
    let rest = subtract(subtract(a, multiply(high, divisor)), multiply(low, divisor))
    return add(first, divide(rest, divisor))
  }

  /// Whole numbers times a row of numbers, `[numbers, R]`: as a matrix product, which no runtime contracts with the
  /// addition behind it.
  mutating func multiples(_ numbers: Range<Int>, of row: Wire) -> Wire {
    let column = floats(numbers.map { Float($0) }, [numbers.count, 1])
    return product(column, unsqueeze(row, [0]))
  }

  /// The means of bins whose elements are chosen, or weighted, by rows and columns apart.
  ///
  /// The bins of a region read `data` through the product of their row and column weights, which is one matrix for
  /// all channels: `[channels, H·W]` times `[H·W, R]` for each bin, divided by the count.
  ///
  /// - Parameters:
  ///   - data: `[1, channels·G·G, H, W]`.
  ///   - rows: `[P, P or 1, H, R]`; `columns`: `[P or 1, P, W, R]`.
  ///   - counts: `[P, P, R]`; bins of 0 give 0.
  /// - Returns: `[R, channels, P, P]`.
  mutating func binMeans(
    _ data: Wire, rows: Wire, columns: Wire, counts: Wire, channels: Int, bins: Int, groups: Int
  ) -> Wire {
    let weights = multiply(unsqueeze(rows, [3]), unsqueeze(columns, [2]))
    let regions = size(rows, 3)
    let matrices = reshape(weights, to: join([integers([bins * bins, -1]), regions], 0))
    let sums = product(channelsOfBins(data, channels: channels, bins: bins, groups: groups), matrices)
    let divisors = reshape(maximum(counts, float(1)), to: join([integers([bins * bins, 1]), regions], 0))
    let means = divide(sums, divisors)
    let ordered = transpose(means, [2, 1, 0])
    return reshape(ordered, [0, channels, bins, bins])
  }

  /// The channels that each bin reads, `[P·P, channels, H·W]`, or `[1, channels, H·W]` where there is one group.
  private mutating func channelsOfBins(_ data: Wire, channels: Int, bins: Int, groups: Int) -> Wire {
    guard groups > 1 else { return reshape(data, [1, channels, -1]) }
    var planes = reshape(data, [channels, groups * groups, -1])
    if groups != bins {
      let places = (0..<bins * bins).map {
        Self.group($0 / bins, bins, groups) * groups + Self.group($0 % bins, bins, groups)
      }
      planes = gather(planes, integers(places), 1)
    }
    return transpose(planes, [1, 0, 2])
  }

  /// Which group of channels a bin reads along one axis: ⌊i·groups / bins⌋ in fp32.
  static func group(_ index: Int, _ bins: Int, _ groups: Int) -> Int {
    min(max(Int((Float(index) * Float(groups) / Float(bins)).rounded(.down)), 0), groups - 1)
  }
}
