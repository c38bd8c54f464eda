internal import Graphs

extension NetworkBuilder {
  /// R-FCN (arXiv:1605.06409): one map for each class and each of `bins`² parts of a region; a region's score is
  /// the mean of what its parts find in their maps. Deformable: each part may move (arXiv:1703.06211 §2.2).
  ///
  /// - Parameters:
  ///   - features: stage 5 of the body.
  ///   - movesParts: whether the pooling is deformable.
  /// - Returns: class probabilities `[1, R, classes]` and class-agnostic box deltas `[1, R, 8]`.
  mutating func rfcnHead(
    _ features: ValueID, regions: ValueID, bins: Int = 7, movesParts: Bool
  ) -> RegionResult {
    let map = relu("relu1", convolution("conv_new_1", features, .head, hasBias: true))
    let scores = partVote(
      PartVote(map: "rfcn_cls", pooling: "psroipooled_cls_rois", mean: "ave_cls_scors_rois", bins: bins),
      map, regions, values: .classes, movedClasses: movesParts ? .classes : nil)
    let classes = self[.classes]
    let probabilities = softmax(
      "cls_prob", reshape("cls_score_reshape", scores, [-1, classes]), axis: -1)
    // Two classes, background and foreground, share all boxes.
    let deltas = partVote(
      PartVote(map: "rfcn_bbox", pooling: "psroipooled_loc_rois", mean: "ave_bbox_pred_rois", bins: bins),
      map, regions, values: 8, movedClasses: movesParts ? 1 : nil)
    return RegionResult(
      probabilities: reshape("cls_prob_reshape", probabilities, [1, -1, classes]),
      deltas: reshape(
        "bbox_pred_reshape", reshape("bbox_pred_reshape", deltas, [-1, 8]), [1, -1, 8]))
  }

  /// Position-sensitive maps, pooled over the parts of each region, and the mean of the parts.
  ///
  /// - Parameter movedClasses: how many classes have part offsets of their own; nil where parts stay.
  private mutating func partVote(
    _ names: PartVote, _ map: ValueID, _ regions: ValueID, values: FilterCount, movedClasses: FilterCount?
  ) -> ValueID {
    let bins = names.bins
    let maps = convolution(names.map, map, bins * bins * values, hasBias: true)
    var pooling = PartPooling(values: self[values], bins: bins, channelBins: bins)
    let pooled: ValueID
    if let movedClasses {
      let offsetMaps = convolution(
        names.map + "_offset_t", map, 2 * bins * bins * movedClasses, hasBias: true)
      pooling.values = self[2 * movedClasses]
      let offsets = deformablePooling(names.map + "_offset", offsetMaps, regions, pooling)
      pooling.values = self[values]
      pooled = deformablePooling(names.pooling, maps, regions, pooling, offsets: offsets)
    } else {
      pooled = positionSensitivePooling(names.pooling, maps, regions, pooling)
    }
    return globalAverage(names.mean, pooled)
  }

  /// What the nodes of a vote are called, and into how many parts a region falls, down and across.
  private struct PartVote {
    let map: String
    let pooling: String
    let mean: String
    let bins: Int
  }
}
