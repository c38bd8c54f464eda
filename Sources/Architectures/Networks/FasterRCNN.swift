internal import Graphs

/// What a detector says of its regions.
struct RegionResult {
  /// `[1, R, classes]`.
  let probabilities: ValueID
  /// `[1, R, 4·boxes]`.
  let deltas: ValueID
}

extension NetworkBuilder {
  /// Faster R-CNN with two fully connected layers (arXiv:1506.01497) on stage 5; deformable: the parts of a
  /// region move (arXiv:1703.06211 §2.2).
  mutating func fasterRCNNHead(
    _ features: ValueID, regions: ValueID, movesParts: Bool
  ) -> RegionResult {
    let map = relu("conv_new_1_relu", convolution("conv_new_1", features, .head, hasBias: true))
    guard movesParts else {
      return twoLayerHead(regionPooling("roi_pool", map, regions, bins: 7))
    }
    let pooling = PartPooling(values: self[.head], bins: 7, channelBins: 1)
    let still = deformablePooling("offset_t", map, regions, pooling)
    let offsets = reshape(
      "offset_reshape", fullyConnected("offset", still, FilterCount(2 * 7 * 7)), [-1, 2, 7, 7])
    return twoLayerHead(
      deformablePooling("deformable_roi_pool", map, regions, pooling, offsets: offsets))
  }

  /// Two hidden layers, then class probabilities and a box for each class.
  mutating func twoLayerHead(_ pooled: ValueID) -> RegionResult {
    let first = relu("fc_new_1_relu", fullyConnected("fc_new_1", pooled, .hidden))
    let second = relu("fc_new_2_relu", fullyConnected("fc_new_2", first, .hidden))
    let probabilities = softmax("cls_prob", fullyConnected("cls_score", second, .classes), axis: -1)
    let deltas = fullyConnected("bbox_pred", second, 4 * .classes)
    return RegionResult(
      probabilities: reshape("cls_prob_reshape", probabilities, [1, -1, self[.classes]]),
      deltas: reshape("bbox_pred_reshape", deltas, [1, -1, self[4 * .classes]]))
  }
}
