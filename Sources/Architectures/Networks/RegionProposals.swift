internal import Graphs

extension NetworkBuilder {
  /// A region proposal network on one map (arXiv:1506.01497): scores and boxes of the anchors at each position.
  ///
  /// - Parameter byMXNet: whether MXNet's own operator chooses the regions, not the release's Python one.
  /// - Returns: the regions, `[postNMS, 5]`.
  mutating func regionProposals(_ map: ValueID, byMXNet: Bool) -> ValueID {
    let hidden = relu(
      "rpn_relu", convolution("rpn_conv_3x3", map, .proposal, Window(3), hasBias: true))
    let scores = convolution("rpn_cls_score", hidden, 2 * .anchors, hasBias: true)
    let probabilities = anchorProbabilities(
      scores, names: ("rpn_cls_score_reshape", "rpn_cls_prob", "rpn_cls_prob_reshape"))
    let deltas = convolution("rpn_bbox_pred", hidden, 4 * .anchors, hasBias: true)
    return proposal("rois", [probabilities, deltas, input("im_info")], strides: [16], byMXNet: byMXNet)
  }

  /// The caller's regions, `[1, R, 5]`, as the rows that pooling takes.
  mutating func givenRegions() -> ValueID { reshape("rois_reshape", input("rois"), [-1, 5]) }

  /// The same on every level of a pyramid, with shared weights (arXiv:1612.03144).
  ///
  /// - Parameter levels: finest first.
  mutating func pyramidProposals(_ levels: [PyramidLevel]) -> ValueID {
    var (probabilities, deltas): ([ValueID], [ValueID]) = ([], [])
    for level in levels {
      let suffix = "_p\(level.number)"
      let hidden = relu(
        "rpn_relu" + suffix,
        convolution(
          "rpn_conv" + suffix, level.map, .proposal, Window(3), hasBias: true, weights: "rpn_conv"))
      let scores = convolution(
        "rpn_cls_score" + suffix, hidden, 2 * .anchors, hasBias: true, weights: "rpn_cls_score")
      probabilities.append(
        anchorProbabilities(
          scores, names: ("rpn_cls_score_t1" + suffix, "rpn_cls_prob" + suffix, "rpn_cls_prob_t" + suffix)))
      deltas.append(
        convolution(
          "rpn_bbox_pred" + suffix, hidden, 4 * .anchors, hasBias: true, weights: "rpn_bbox_pred"))
    }
    return proposal("rois", probabilities + deltas + [input("im_info")], strides: levels.map(\.stride))
  }

  /// Softmax between background and object: channels `[2·A]` are two planes of A anchors for its while.
  private mutating func anchorProbabilities(
    _ scores: ValueID, names: (planes: String, softmax: String, back: String)
  ) -> ValueID {
    let planes = reshape(names.planes, scores, [0, 2, -1, 0])
    let probabilities = softmax(names.softmax, planes, axis: 1)
    return reshape(names.back, probabilities, [0, self[2 * .anchors], -1, 0])
  }
}
