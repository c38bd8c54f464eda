internal import Bytes
internal import Tensors

/// One row of `rois`: which image, and corners in pixels of the network's input, in fp32 as they are recorded.
struct RegionOfInterest {
  /// The image's place in the batch, its fraction cut off; nil where the batch has none of that number.
  let image: Int?
  let x1: Float
  let y1: Float
  let x2: Float
  let y2: Float

  /// - Parameters:
  ///   - rois: `[R, 5]`.
  ///   - images: the batch's.
  init<T: Lane>(_ rois: Span<T>, row: Int, images: Int) {
    let number = Int(checked: rois[5 * row].asDouble)
    image = number.flatMap { 0..<images ~= $0 ? $0 : nil }
    x1 = rois[5 * row + 1].asFloat
    y1 = rois[5 * row + 2].asFloat
    x2 = rois[5 * row + 3].asFloat
    y2 = rois[5 * row + 4].asFloat
  }
}

/// How a region is cut into bins along one axis of a map: in map elements, in fp32 and in the source's order.
struct RegionAxis {
  let start: Float
  let length: Float
  /// length / bins by a true division: times 1/bins, a bin could end an element further.
  let bin: Float

  /// RoI pooling's rule: from round(from·scale) to round(to·scale), both included (mxnet roi_pooling.cc).
  ///
  /// What no Int32 holds is undefined there. Here it is cut to ±2³⁰, as good as outside; nil for NaN.
  init?(whole from: Float, _ to: Float, scale: Float, bins: Int, rounding: RegionRounding) {
    let first = rounding.round(from * scale)
    let last = rounding.round(to * scale)
    guard !first.isNaN, !last.isNaN else { return nil }
    let limit: Float = 0x1p30
    start = min(max(first, -limit), limit)
    length = Float(max(Int(min(max(last, -limit), limit)) - Int(start) + 1, 1))
    bin = length / Float(bins)
  }

  /// The rule of position-sensitive pooling: from round(from)·scale to (round(to) + 1)·scale, each less `margin`,
  /// and at least 0.1 long (mxnet contrib/psroi_pooling.cc, contrib/deformable_psroi_pooling.cc).
  init(
    scaled from: Float, _ to: Float, scale: Float, margin: Float = 0, bins: Int, rounding: RegionRounding
  ) {
    start = rounding.round(from) * scale - margin
    let end = (rounding.round(to) + 1) * scale - margin
    let difference = end - start
    length = difference < 0.1 ? 0.1 : difference
    bin = length / Float(bins)
  }

  /// The whole elements of a bin of RoI pooling: ⌊i·bin⌋ to ⌈(i + 1)·bin⌉ from the start on.
  func wholeBin(_ index: Int, size: Int) -> Range<Int> {
    // Sums of whole numbers, which fp32 would round.
    let first = Int(start) + Int((Float(index) * bin).rounded(.down))
    let behind = Int(start) + Int((Float(index + 1) * bin).rounded(.up))
    let low = min(max(first, 0), size)
    return low..<max(low, min(max(behind, 0), size))
  }

  /// The whole elements of a bin of position-sensitive pooling: ⌊i·bin + start⌋ to ⌈(i + 1)·bin + start⌉.
  func scaledBin(_ index: Int, size: Int) -> Range<Int> {
    let low = place((Float(index) * bin + start).rounded(.down), size: size)
    return low..<max(low, place((Float(index + 1) * bin + start).rounded(.up), size: size))
  }

  /// The bins that `wholeBin` could give within coordinate error.
  func wholeBins(_ index: Int, size: Int) -> [Range<Int>] {
    func places(_ index: Int, _ rule: FloatingPointRoundingRule) -> Set<Int> {
      let value = Float(index) * bin
      let error = error(of: value, size: value, exact: exactOffset(index))
      return Set(
        [value - error, value, value + error].map { min(max(Int(start) + Int($0.rounded(rule)), 0), size) })
    }
    return Self.ranges(places(index, .down), places(index + 1, .up))
  }

  /// The bins that `scaledBin` could give within coordinate error.
  func scaledBins(_ index: Int, size: Int) -> [Range<Int>] {
    func places(_ index: Int, _ rule: FloatingPointRoundingRule) -> Set<Int> {
      let value = Float(index) * bin + start
      let error = error(
        of: value, size: Float(index) * bin + abs(start), exact: Double(start) + exactOffset(index))
      return Set([value - error, value, value + error].map { place($0.rounded(rule), size: size) })
    }
    return Self.ranges(places(index, .down), places(index + 1, .up))
  }

  /// i·length/bins without a rounding that matters here.
  private func exactOffset(_ index: Int) -> Double {
    Double(index) * Double(length) / (Double(length) / Double(bin)).rounded()
  }

  /// How far another order of the operations may move an edge; what is exact is in no doubt.
  private func error(of value: Float, size: Float, exact: Double) -> Float {
    Double(value) == exact ? 0 : 4 * coordinateRoundoff * size
  }

  private static func ranges(_ low: Set<Int>, _ high: Set<Int>) -> [Range<Int>] {
    low.sorted().flatMap { low in high.sorted().map { low..<max(low, $0) } }
  }

  /// The axes that the rule of RoI pooling could give where a scaled corner is within coordinate error of a half.
  static func wholeSides(
    _ from: Float, _ to: Float, scale: Float, bins: Int, rounding: RegionRounding
  ) -> [RegionAxis] {
    func corners(_ corner: Float) -> [Float] {
      let error = 2 * coordinateRoundoff * abs(corner)
      let product = corner * scale
      // An exact product is in no doubt: at a half, rules differ, not roundings.
      guard product.isFinite, (-product).addingProduct(corner, scale) != 0,
        abs(product - product.rounded(.down) - 0.5) <= error * scale
      else { return [corner] }
      return [corner - error, corner + error]
    }
    return corners(from).flatMap { first in
      corners(to).compactMap {
        RegionAxis(whole: first, $0, scale: scale, bins: bins, rounding: rounding)
      }
    }
  }

  /// A whole number as a place in the map or behind its last element; 0 for NaN.
  private func place(_ number: Float, size: Int) -> Int {
    number > 0 ? min(Int(min(number, 0x1p62)), size) : 0
  }
}

extension RegionRounding {
  func round(_ corner: Float) -> Float {
    switch self {
    case .awayFromZero: corner.rounded(.toNearestOrAwayFromZero)
    case .toEven: corner.rounded(.toNearestOrEven)
    case .down: corner.rounded(.down)
    case .unrounded: corner
    }
  }
}

/// Which group of channels a bin of position-sensitive pooling reads, along one axis: ⌊i·groups / bins⌋ in fp32.
func positionGroup(_ index: Int, bins: Int, groups: Int) -> Int {
  min(max(Int((Float(index) * Float(groups) / Float(bins)).rounded(.down)), 0), groups - 1)
}
