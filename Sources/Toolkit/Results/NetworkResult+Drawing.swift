package import Pictures

extension NetworkResult {
  /// The score above which the original's demo shows detections (Deformable-ConvNets `rfcn/demo.py`).
  package static let shownScore = 0.7

  /// The picture with the result drawn on it: boxes with names and scores, or classes as a tint with a legend.
  ///
  /// - Parameter minimumScore: detections that do not score above it are left out.
  package func drawn(on picture: Picture, minimumScore: Double = shownScore) -> Picture {
    switch self {
    case .detections(let detections):
      var result = picture
      // The best comes last, on top of the others.
      result.draw(detections.filter { $0.score > minimumScore }.reversed().map(\.labelledBox))
      return result
    case .segmentation(let segmentation):
      let palette = segmentation.palette
      let labels = segmentation.labels.resized(width: picture.width, height: picture.height)
      return picture.tinted(by: labels, palette)
        .withLegend(segmentation.shares.map { (palette[$0.classIndex], $0.className) })
    }
  }
}

extension Detection {
  fileprivate var labelledBox: LabelledBox {
    LabelledBox(
      corners: SIMD4(box.left, box.top, box.right, box.bottom), label: className + " " + score.hundredths,
      color: Palette.distinct[classIndex % 256])
  }
}

extension Segmentation {
  /// The colours that people know from the data set: Cityscapes' for its 19 classes, VOC's for its 21.
  package var palette: Palette {
    switch (classNames.count, classNames.last) {
    case (19, "bicycle"): .cityscapes
    case (21, "tvmonitor"): .voc
    default: .distinct
    }
  }
}

extension Double {
  /// A probability with two decimals.
  fileprivate var hundredths: String {
    let value = Int((min(max(self, 0), 1) * 100).rounded())
    return "\(value / 100).\(value / 10 % 10)\(value % 10)"
  }
}
