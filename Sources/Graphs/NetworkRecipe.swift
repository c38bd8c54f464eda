/// How a released network is fed and how its result is read, as the original's test configuration says.
package struct NetworkRecipe: Hashable, Sendable {
  package var input: ImageInput
  package var output: Output
  /// Names by class number; detectors have the background at 0.
  package var classNames: [String]

  package init(input: ImageInput, output: Output, classNames: [String]) {
    self.input = input
    self.output = output
    self.classNames = classNames
  }

  /// From a picture to the input tensor (Deformable-ConvNets `lib/utils/image.py`).
  package struct ImageInput: Hashable, Sendable {
    /// The graph inputs that take the picture and `(height, width, scale)`; the latter may be absent.
    package var image: String
    package var imageInfo: String?
    /// The graph input that takes `[1, N, 5]` regions of the caller's: 0, then corners in pixels of the resized
    /// picture, rounded; nil where the network proposes regions itself.
    package var regions: String?
    /// Pixels that the shorter side is resized to.
    package var shortSide: Int
    /// Pixels that the longer side may not exceed.
    package var longSide: Int
    /// Height and width are padded to a multiple of this; 0 or 1 for none.
    package var stride: Int
    /// Subtracted from red, green and blue, in pixel values of 0 to 255.
    package var meansRGB: [Double]
    /// The tensor's channels in order: `RGB`.
    package var channelOrder: String

    package init(
      image: String = "data", imageInfo: String? = "im_info", regions: String? = nil, shortSide: Int,
      longSide: Int, stride: Int, meansRGB: [Double], channelOrder: String = "RGB"
    ) {
      self.image = image
      self.imageInfo = imageInfo
      self.regions = regions
      self.shortSide = shortSide
      self.longSide = longSide
      self.stride = stride
      self.meansRGB = meansRGB
      self.channelOrder = channelOrder
    }
  }

  package enum Output: Hashable, Sendable {
    case detections(Detections)
    /// Argmax over axis 1 of this graph output.
    case segmentation(scores: String)
  }

  /// From boxes and scores to detections (Deformable-ConvNets `rfcn/core/tester.py`).
  package struct Detections: Hashable, Sendable {
    /// The graph outputs that hold `[R, 5]` regions, `[1, R, K]` class probabilities and box deltas; the regions
    /// may be a graph input instead.
    package var rois: String
    package var scores: String
    package var deltas: String
    /// Whether all classes share one box: deltas 4 to 7 are then the foreground's.
    package var isClassAgnostic: Bool
    /// Boxes below this score are dropped before suppression.
    package var scoreThreshold: Double
    package var suppression: Suppression
    /// Most detections of one picture, all classes together.
    package var maximumCount: Int

    package init(
      rois: String, scores: String, deltas: String, isClassAgnostic: Bool, scoreThreshold: Double,
      suppression: Suppression, maximumCount: Int
    ) {
      self.rois = rois
      self.scores = scores
      self.deltas = deltas
      self.isClassAgnostic = isClassAgnostic
      self.scoreThreshold = scoreThreshold
      self.suppression = suppression
      self.maximumCount = maximumCount
    }
  }

  package enum Suppression: Hashable, Sendable {
    /// Drops boxes whose intersection over union with a better one is above the threshold.
    case greedy(threshold: Double)
    /// Multiplies scores by exp(-IoU² / sigma) instead (arXiv:1704.04503).
    case gaussian(sigma: Double)
  }
}

extension NetworkRecipe {
  /// The values that are read of a run.
  package var valueNames: [String] {
    switch output {
    case .detections(let detections): [detections.rois, detections.scores, detections.deltas]
    case .segmentation(let scores): [scores]
    }
  }
}
