package import Pictures
package import Tensors

/// A class for each pixel of a picture.
package struct Segmentation: Sendable {
  /// At the size of the network's input, without its padding.
  package let labels: LabelMap
  package let classNames: [String]
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

  /// Classes that occur, with the share of pixels that they fill, the largest first.
  package var shares: [(classIndex: Int, name: String, share: Double)] {
    labels.histogram.enumerated().filter { $0.element > 0 }
      .sorted { ($0.element, $1.offset) > ($1.element, $0.offset) }
      .map { ($0.offset, name(of: $0.offset), Double($0.element) / Double(labels.labels.count)) }
  }

  package func name(of classIndex: Int) -> String {
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
