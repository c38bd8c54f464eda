internal import Bytes
internal import Tensors

/// Which elements along an axis make an output element, and with what weights.
struct ResizeTaps<T: Lane>: Sendable {
  /// Taps of an output element, at most.
  private(set) var count = 0
  /// Where the taps of each output element begin, and where the last one's end.
  private var starts = [0]
  /// Elements of the data.
  private(set) var places: [Int] = []
  private(set) var weights: [T] = []
  /// Output elements whose position lies outside of the data, where that counts.
  private(set) var isOutside: [Bool] = []

  /// The taps of one axis of `size` elements.
  ///
  /// - Precondition: it has at least one element.
  /// - Throws: `OperatorError` where they are more than can be listed.
  init(_ resize: Resize, axis index: Int, size: Int, target: Resize.Target) throws(OperatorError) {
    precondition(size > 0, "an axis without elements")
    let filter = resize.antialiases ? try SmoothingFilter(resize, size: size, target: target) : nil
    let last = Float(size - 1)
    for x in 0..<target.size {
      let raw = resize.position(x, axis: index, size: size, target: target)
      // Scales at the end of the range of fp32 give no number.
      let position = raw.isNaN ? 0 : raw
      isOutside.append(resize.coordinates == .region && (position < 0 || position > last))
      if let filter {
        filter.forEachTap(at: target.scale == 1 ? Float(x) : position) { add($0, $1) }
      } else {
        switch resize.method {
        case .nearest:
          add(Int(min(max(resize.nearest(position, target.scale), 0), last)), 1)
        case .linear:
          // The neighbours of what lies outside are the outermost one, twice.
          let inside = min(max(position, 0), last)
          let low = Int(inside)
          let share = low == size - 1 ? 0.5 : T(inside - Float(low))
          add(low, 1 - share)
          add(min(low + 1, size - 1), share)
        case .cubic: addCubic(position, size: size, resize)
        }
      }
      count = max(count, places.count - starts[x])
      starts.append(places.count)
    }
  }

  /// The taps of an output element.
  func range(of index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  private mutating func add(_ place: Int, _ weight: T) {
    places.append(place)
    weights.append(weight)
  }

  private mutating func addCubic(_ position: Float, size: Int, _ resize: Resize) {
    let low = min(max(position.rounded(.down), -0x1p31), 0x1p31)
    let share = T(min(max(position - low, 0), 1))
    var own = cubicWeights(share, T(Float(resize.coefficient)))
    let first = Int(low) - 1
    if resize.excludesOutside {
      for tap in 0..<4 where !(0..<size ~= first + tap) { own[tap] = 0 }
      let sum = own.reduce(0, +)
      for tap in 0..<4 { own[tap] /= sum }
    }
    for tap in 0..<4 { add(min(max(first + tap, 0), size - 1), own[tap]) }
  }
}

/// The weights of four neighbours of a position that lies `share` behind the second one (Keys 1981, eq. 4; with
/// a = −0.75 OpenCV's and PyTorch's).
func cubicWeights<T: Lane>(_ share: T, _ a: T) -> [T] {
  func outer(_ x: T) -> T { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
  func inner(_ x: T) -> T { ((a + 2) * x - (a + 3)) * x * x + 1 }
  return [outer(share + 1), inner(share), inner(1 - share), outer(2 - share)]
}

extension Resize {
  /// Where output element `x` of an axis reads, in the data's elements.
  fileprivate func position(_ x: Int, axis index: Int, size: Int, target: Target) -> Float {
    let (x, scale, length, last) = (Float(x), target.scale, Float(target.size), Float(size - 1))
    switch coordinates {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      // What the scale asks for need not be a whole number.
      let adjustment = length / (scale * Float(size))
      let centre = Float(size) / 2
      let offset = centre * (1 - adjustment)
      return offset + (x + 0.5) / scale - 0.5
    case .halfPixelButFirst: return target.size > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .halfPixelWithoutShift: return (x + 0.5) / scale
    case .alignedCorners: return target.size == 1 ? 0 : x * last / (length - 1)
    case .asymmetric: return x / scale
    case .region:
      let (begin, end) = (Float(region[index]), Float(region[axes.count + index]))
      return target.size > 1
        ? begin * last + (x * (end - begin) * last) / (length - 1) : 0.5 * (begin + end) * last
    }
  }

  fileprivate func nearest(_ position: Float, _ scale: Float) -> Float {
    switch rounding {
    case .halfDown:
      return position == position.rounded(.down) + 0.5
        ? position.rounded(.down) : position.rounded(.toNearestOrAwayFromZero)
    case .halfUp: return (position + 0.5).rounded(.down)
    case .floor: return position.rounded(.down)
    case .ceil: return position.rounded(.up)
    case .outward: return scale < 1 ? position.rounded(.up) : position.rounded(.towardZero)
    }
  }
}
