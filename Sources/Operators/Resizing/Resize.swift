internal import Bytes
package import Graphs

/// A tensor with another size along some axes: each element is read, or mixed, at a position between the data's.
///
/// Input: data; output: data's shape with `sizes`, or ⌊size·scale⌋, along `axes` (ONNX Resize-19, Upsample-9).
/// Positions are made in fp32, in the order that ONNX Runtime has (upsamplebase.h).
package struct Resize: Operator {
  package static let name = "Resize"

  package enum Method: String, Codable, Sendable {
    case nearest
    /// From the two neighbours along each axis, by their distance.
    case linear
    /// From four neighbours along each axis, by the cubic of `coefficient` (Keys 1981).
    case cubic
  }

  /// Where output element x of n reads among the data's m, with s = the scale.
  package enum Coordinates: String, Codable, Sendable {
    /// (x + 0.5)/s − 0.5.
    case halfPixel
    /// As `halfPixel`, the centre kept where n is not m·s exactly.
    case halfPixelSymmetric
    /// As `halfPixel`, but 0 where n is 1.
    case halfPixelButFirst
    /// (x + 0.5)/s, for nearest neighbours.
    case halfPixelWithoutShift
    /// x·(m − 1)/(n − 1), 0 where n is 1.
    case alignedCorners
    /// x/s.
    case asymmetric
    /// In the part of the data that `region` names; outside of the data `extrapolation` stands.
    case region
  }

  /// Which neighbour is the nearest.
  package enum Rounding: String, Codable, Sendable {
    /// Halves go down.
    case halfDown
    /// Halves go up.
    case halfUp
    case floor
    case ceil
    /// Up where the axis shrinks, down where it grows (ONNX Runtime's Upsample and Resize-10).
    case outward
  }

  /// What sizes mean where they would change the shape of what is seen.
  package enum AspectRatio: String, Codable, Sendable {
    case stretched
    /// All axes scaled alike, none beyond its size.
    case withinSizes
    /// All axes scaled alike, none below its size.
    case beyondSizes
  }

  package var method: Method
  package var coordinates: Coordinates
  /// The axes that change, each once, from 0 on.
  package var axes: [Int]
  /// Elements along each of the axes; empty where scales are given.
  package var sizes: [Int]
  /// Output elements for each of the data's along each of the axes, in fp32; empty where sizes are given.
  package var scales: [Double]
  package var rounding: Rounding
  package var aspectRatio: AspectRatio
  /// The cubic's a.
  package var coefficient: Double
  /// Whether neighbours beyond the data get no weight, and the others theirs; else the outermost one repeats.
  package var excludesOutside: Bool
  /// For the coordinates `region`: its begins along the axes, then its ends, in shares of the data; else empty.
  package var region: [Double]
  package var extrapolation: Double
  /// Whether an axis that shrinks is smoothed: the weights reach as far as an output element does (ONNX's `antialias`).
  package var antialiases: Bool

  package init(
    _ method: Method, axes: [Int], sizes: [Int] = [], scales: [Double] = [],
    coordinates: Coordinates = .halfPixel, rounding: Rounding = .halfDown,
    aspectRatio: AspectRatio = .stretched, coefficient: Double = -0.75, excludesOutside: Bool = false,
    region: [Double] = [], extrapolation: Double = 0, antialiases: Bool = false
  ) {
    self.method = method
    self.coordinates = coordinates
    self.axes = axes
    self.sizes = sizes
    self.scales = scales
    self.rounding = rounding
    self.aspectRatio = aspectRatio
    self.coefficient = coefficient
    self.excludesOutside = excludesOutside
    self.region = region
    self.extrapolation = extrapolation
    self.antialiases = antialiases
  }

  package var inputs: [InputName] { [InputName("data")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try validate()
    guard var output = inputs.shape(0).dimensions else { return [ValueType(inputs.elementType(0), .unknown)] }
    for axis in axes { _ = try resolveAxis(axis, rank: output.count, attribute: "axes") }
    for (axis, target) in zip(axes, try targets(output)) { output[axis] = target?.size }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  /// Elements along a resized axis: more than pictures have, few enough to list where each reads.
  private static let largestSize = 1 << 24

  private func validate() throws(OperatorError) {
    try requireAttribute(
      "axes", axes, count: min(axes.count, Limits.dimensions), in: 0...Limits.dimensions - 1)
    guard Set(axes).count == axes.count else {
      throw .attribute("axes", found: "\(axes)", expected: "each axis once")
    }
    guard sizes.isEmpty || scales.isEmpty else {
      throw .attribute("scales", found: "\(scales)", expected: "none beside sizes")
    }
    if scales.isEmpty {
      try requireAttribute("sizes", sizes, count: axes.count, in: 0...Self.largestSize)
    } else {
      guard scales.count == axes.count else {
        throw .attribute("scales", found: "\(scales)", expected: "\(axes.count) numbers")
      }
      for scale in scales where !(scale > 0 && scale <= 0x1p31) {
        throw .attribute("scales", found: "\(scales)", expected: "numbers above 0")
      }
    }
    let expected = coordinates == .region ? 2 * axes.count : 0
    guard region.count == expected, region.allSatisfy({ $0.magnitude <= 0x1p31 }), coefficient.isFinite else {
      throw .attribute("region", found: "\(region)", expected: "\(expected) finite numbers")
    }
  }

  /// What becomes of an axis: its size, and the scale by which positions are found.
  struct Target: Hashable, Sendable {
    var size: Int
    var scale: Float
  }

  /// The targets of the axes; nil where the data's size is not known.
  ///
  /// - Throws: `OperatorError` where a size does not fit.
  func targets(_ data: [Int?]) throws(OperatorError) -> [Target?] {
    var targets: [Target?] = []
    for (index, axis) in axes.enumerated() {
      guard let size = data[axis] else {
        targets.append(
          sizes.isEmpty || aspectRatio != .stretched ? nil : Target(size: sizes[index], scale: 1))
        continue
      }
      guard scales.isEmpty else {
        targets.append(try scaled(size, index))
        continue
      }
      targets.append(Target(size: sizes[index], scale: Float(sizes[index]) / Float(max(size, 1))))
    }
    guard aspectRatio != .stretched else { return targets }
    let known = targets.compactMap { $0 }
    guard known.count == targets.count, !known.isEmpty else { return targets.map { _ in nil } }
    let all = known.map(\.scale)
    let scale = (aspectRatio == .withinSizes ? all.min() : all.max()) ?? 1
    return try axes.map { axis throws(OperatorError) in
      try target((scale * Float(data[axis] ?? 0)).rounded(.toNearestOrAwayFromZero), scale)
    }
  }

  private func scaled(_ size: Int, _ index: Int) throws(OperatorError) -> Target {
    let scale = Float(scales[index])
    guard coordinates == .region else { return try target(scale * Float(size), scale) }
    let part = Float(region[axes.count + index]) - Float(region[index])
    return try target((Float(size) * part * scale).rounded(.down), scale)
  }

  private func target(_ size: Float, _ scale: Float) throws(OperatorError) -> Target {
    guard size >= 0, let whole = Int(checked: Double(size)), whole <= Self.largestSize else {
      throw .attribute("scales", found: "a size of \(size)", expected: "0 to \(Self.largestSize) elements")
    }
    return Target(size: whole, scale: scale)
  }
}
