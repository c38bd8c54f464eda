package import Tensors

/// The outputs of a detection network, checked against one another.
package struct RegionOutputs: Sendable {
  /// Regions of interest.
  package let count: Int
  package let classCount: Int
  /// Boxes that each region has deltas for: as many as classes, or background and foreground.
  let boxCount: Int
  /// [count, 5]: 0 and the corners in input pixels.
  private let rois: [Double]
  /// [count, classCount].
  private let scores: [Double]
  /// [count, 4 · boxCount]: shifts of the centre in widths and heights, and logarithms of the growth.
  private let deltas: [Double]
  /// Whether deltas were fp32: numpy then takes the exponential in fp32 too.
  private let isSinglePrecision: Bool

  /// - Parameters:
  ///   - rois: [R, 5] or [1, R, 5].
  ///   - scores: [1, R, K].
  ///   - deltas: [1, R, 4 · K] or, for one box of all classes, [1, R, 8].
  /// - Throws: `RecipeError` with the value whose shape or type does not fit.
  package init(
    rois: (name: String, tensor: Tensor), scores: (name: String, tensor: Tensor),
    deltas: (name: String, tensor: Tensor), isClassAgnostic: Bool
  ) throws(RecipeError) {
    let (regions, columns) = try Self.rows(rois)
    guard columns == 5 else { throw Self.misfit(rois, expected: "five numbers for each region") }
    let (scored, classes) = try Self.rows(scores)
    guard scored == regions, classes >= 2 else {
      throw Self.misfit(scores, expected: "[1, \(regions), K], a score of each region for each class")
    }
    let boxes = isClassAgnostic ? 2 : classes
    guard try Self.rows(deltas) == (regions, 4 * boxes) else {
      throw Self.misfit(deltas, expected: "[1, \(regions), \(4 * boxes)]")
    }
    count = regions
    classCount = classes
    boxCount = boxes
    self.rois = try Self.numbers(rois)
    self.scores = try Self.numbers(scores)
    self.deltas = try Self.numbers(deltas)
    isSinglePrecision = deltas.tensor.elementType == .float32
  }

  /// The score of a region for a class.
  func score(_ region: Int, _ classIndex: Int) -> Double { scores[region * classCount + classIndex] }

  /// The box of a region for a class in input pixels, not clipped (Deformable-ConvNets
  /// `lib/bbox/bbox_transform.py`, `nonlinear_pred`).
  func box(_ region: Int, _ classIndex: Int) -> Box {
    let left = rois[5 * region + 1]
    let top = rois[5 * region + 2]
    let width = rois[5 * region + 3] - left + 1
    let height = rois[5 * region + 4] - top + 1
    // One box of all classes is the second, the foreground's.
    let start = 4 * (region * boxCount + min(classIndex, boxCount - 1))
    let centerX = deltas[start] * width + (left + 0.5 * (width - 1))
    let centerY = deltas[start + 1] * height + (top + 0.5 * (height - 1))
    let halfWidth = 0.5 * (growth(deltas[start + 2]) * width - 1)
    let halfHeight = 0.5 * (growth(deltas[start + 3]) * height - 1)
    return Box(
      left: centerX - halfWidth, top: centerY - halfHeight, right: centerX + halfWidth,
      bottom: centerY + halfHeight)
  }

  private func growth(_ logarithm: Double) -> Double {
    isSinglePrecision ? Double(Float.exp(Float(logarithm))) : Double.exp(logarithm)
  }

  /// Rows and columns of [R, C] or [1, R, C].
  private static func rows(_ value: (name: String, tensor: Tensor)) throws(RecipeError) -> (Int, Int) {
    let dimensions = value.tensor.shape.dimensions
    switch dimensions.count {
    case 2: return (dimensions[0], dimensions[1])
    case 3 where dimensions[0] == 1: return (dimensions[1], dimensions[2])
    default: throw misfit(value, expected: "the rows of one picture")
    }
  }

  private static func numbers(_ value: (name: String, tensor: Tensor)) throws(RecipeError) -> [Double] {
    switch value.tensor.elementType {
    case .float32: return value.tensor.elements(as: Float.self).map(Double.init)
    case .float64: return value.tensor.elements(as: Double.self)
    default: throw misfit(value, expected: "float32 or float64")
    }
  }

  private static func misfit(_ value: (name: String, tensor: Tensor), expected: String) -> RecipeError {
    RecipeError(
      value.name, found: "\(value.tensor.elementType.rawValue) \(value.tensor.shape)", expected: expected)
  }
}
