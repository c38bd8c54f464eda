package import Graphs

extension ReleasedNetwork {
  /// How the original's test configuration feeds the network and reads its result
  /// (Deformable-ConvNets `experiments/*/cfgs`, `lib/utils/image.py`, `*/core/tester.py`).
  ///
  /// - Parameter classes: the background among them where there is one.
  package func recipe(classes: Int) -> NetworkRecipe {
    NetworkRecipe(
      input: imageInput, output: output, classNames: dataset.classNames(count: classes))
  }

  private var imageInput: NetworkRecipe.ImageInput {
    let (short, long) =
      switch (head, dataset) {
      case (.fpn, _): (800, 1280)
      case (.deepLab, .voc): (360, 600)
      case (.deepLab, _): (1024, 2048)
      default: (600, 1000)
      }
    return NetworkRecipe.ImageInput(
      imageInfo: regions == .python || regions == .cxx ? "im_info" : nil,
      regions: regions == .given ? "rois" : nil, shortSide: short, longSide: long,
      stride: head == .fpn ? 32 : 0, meansRGB: [123.15, 115.90, 103.06])
  }

  private var output: NetworkRecipe.Output {
    if head == .deepLab { return .segmentation(scores: "softmax_output") }
    return .detections(
      NetworkRecipe.Detections(
        rois: regions == .given ? "rois" : "rois_output", scores: "cls_prob_reshape_output",
        deltas: "bbox_pred_reshape_output", isClassAgnostic: head != .fasterRCNN && head != .fpn,
        scoreThreshold: 1e-3, suppression: head == .fpn ? .gaussian(sigma: 0.6) : .greedy(threshold: 0.3),
        maximumCount: dataset == .coco ? 100 : 300))
  }
}
