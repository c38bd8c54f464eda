package import Pictures
package import Tensors

/// A class for each pixel of a picture.
public struct Segmentation: Sendable {
  /// At the size of the network's input, without its padding.
  package let labels: LabelMap
  /// By class number.
  public let classNames: [String]
  package let frame: PreparedPicture.Frame

  /// Takes the class of the highest score at each pixel, of equals the first.
  ///
  /// - Parameter scores: [1, K, H, W], K at most 256, at the size of the network's input.
  /// - Throws: `RecipeError` where the scores have another shape or type.
  package init(
    scores: (name: String, tensor: Tensor), classNames: [String], frame: PreparedPicture.Frame
  ) throws(RecipeError) {
    let shape = scores.tensor.shape.dimensions
    guard shape.count == 4, shape[0] == 1, 1...256 ~= shape[1],
      shape[2] == frame.input.height, shape[3] == frame.input.width
    else {
      throw RecipeError(
        scores.name, found: "\(scores.tensor.shape)",
        expected: "[1, classes up to 256, \(frame.input.height), \(frame.input.width)]")
    }
    let best: [UInt8]
    switch scores.tensor.elementType {
    case .float32: best = firstHighest(scores.tensor.elements(as: Float.self), classes: shape[1])
    case .float64: best = firstHighest(scores.tensor.elements(as: Double.self), classes: shape[1])
    default:
      throw RecipeError(
        scores.name, found: scores.tensor.elementType.rawValue, expected: "float32 or float64")
    }
    let rows = (0..<frame.content.height).map {
      $0 * frame.input.width..<$0 * frame.input.width + frame.content.width
    }
    labels = LabelMap(
      width: frame.content.width, height: frame.content.height, labels: rows.flatMap { best[$0] })
    self.classNames = classNames
    self.frame = frame
  }

  /// The labels at the picture's own size, each of the nearest pixel.
  package var onPicture: LabelMap {
    labels.resized(width: frame.picture.width, height: frame.picture.height)
  }
}

extension Segmentation {
  /// Pixels of the network's input, without its padding.
  public var width: Int { labels.width }
  public var height: Int { labels.height }

  /// The class number of a pixel.
  ///
  /// - Precondition: the place is inside `width` and `height`.
  public subscript(x: Int, y: Int) -> Int {
    precondition(0..<width ~= x && 0..<height ~= y, "(\(x), \(y)) of \(width)×\(height)")
    return Int(labels.labels[y * width + x])
  }

  /// A class that occurs in a picture.
  public struct Share: Hashable, Sendable {
    public let classIndex: Int
    public let className: String
    /// The share of the pixels that it fills, 0 to 1.
    public let share: Double
  }

  /// Classes that occur, the largest first.
  public var shares: [Share] {
    labels.histogram.enumerated().filter { $0.element > 0 }
      .sorted { ($0.element, $1.offset) > ($1.element, $0.offset) }
      .map { label, count in
        Share(
          classIndex: label, className: name(of: label), share: Double(count) / Double(labels.labels.count))
      }
  }

  /// The name of a class number.
  public func name(of classIndex: Int) -> String {
    classNames.indices ~= classIndex ? classNames[classIndex] : "class \(classIndex)"
  }
}

/// For each pixel of [classes, pixels] the first class with the highest score.
private func firstHighest<T: BinaryFloatingPoint>(_ scores: [T], classes: Int) -> [UInt8] {
  let pixels = scores.count / classes
  var best = [UInt8](repeating: 0, count: pixels)
  var highest = Array(scores[..<pixels])
  for index in 1..<max(classes, 1) {
    for pixel in 0..<pixels where scores[index * pixels + pixel] > highest[pixel] {
      highest[pixel] = scores[index * pixels + pixel]
      best[pixel] = UInt8(index)
    }
  }
  return best
}
