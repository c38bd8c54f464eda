internal import Tensors

/// The weights of a resized axis that is smoothed: a triangle or a cubic about the position, as wide as an output element
/// where the axis shrinks, brought to a sum of 1.
///
/// Positions, and the filter's arguments, are made in fp32 in the order of ONNX Runtime (upsample_antialias.h), which
/// follows Pillow's.
struct SmoothingFilter: Sendable {
  private let isCubic: Bool
  private let coefficient: Float
  private let excludesOutside: Bool
  private let size: Int
  /// How far the filter reaches to each side, in the data's elements, and what brings distances to the filter's own.
  private let reach: Float
  private let unit: Float

  /// Weights of one axis, all output elements together: more than pictures need, few enough to list.
  private static var limit: Float { 0x1p26 }

  /// - Throws: `OperatorError` where the filter reaches farther than can be listed.
  init(_ resize: Resize, size: Int, target: Resize.Target) throws(OperatorError) {
    isCubic = resize.method == .cubic
    coefficient = Float(resize.coefficient)
    excludesOutside = resize.excludesOutside
    self.size = size
    let scale = 1 / target.scale
    reach = (isCubic ? 2 : 1) * max(scale, 1)
    unit = scale >= 1 ? 1 / scale : 1
    guard reach * Float(max(target.size, 1)) <= Self.limit else {
      throw .attribute(
        "scales", found: "\(target.scale) for \(size) elements", expected: "a filter of fewer elements")
    }
  }

  /// The elements that make an output element, with weights of the sum 1; those of no weight are left out.
  func forEachTap<T: Lane>(at position: Float, _ body: (_ place: Int, _ weight: T) -> Void) {
    // Far outside of the data all weight lies on its outermost element.
    let centre = 0.5 + min(max(position, -Self.limit), Float(size) + Self.limit)
    var first = Int((centre - reach + 0.5).rounded(.down))
    var end = Int((centre + reach + 0.5).rounded(.down))
    if excludesOutside { (first, end) = (max(first, 0), min(end, size)) }
    guard first < end else { return }
    let inside = min(max(first, 0), size - 1)...min(max(end - 1, 0), size - 1)
    var (total, weights): (T, [T]) = (0, Array(repeating: 0, count: inside.count))
    for place in first..<end {
      let weight: T = weight(T((Float(place) - centre + 0.5) * unit))
      total += weight
      // What lies outside counts for the outermost element.
      weights[min(max(place, inside.lowerBound), inside.upperBound) - inside.lowerBound] += weight
    }
    for (place, weight) in zip(inside, weights) where weight != 0 {
      body(place, total == 0 ? weight : weight / total)
    }
  }

  /// A triangle, or Keys' cubic.
  private func weight<T: Lane>(_ distance: T) -> T {
    let x = abs(distance)
    guard isCubic else { return x < 1 ? 1 - x : 0 }
    let a = T(coefficient)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
  }
}
