internal import OrderedCollections

extension Proposal {
  /// MXNet `_contrib_Proposal` and `_contrib_MultiProposal` (contrib/proposal-inl.h, multi_proposal-inl.h).
  package static let mxnet: MXNetDialect<Proposal>? = MXNetDialect(
    names: ["_contrib_Proposal", "_contrib_MultiProposal"],
    read: { attributes throws(OperatorError) in
      Proposal(
        stride: try attributes.integer("feature_stride", default: 16),
        selection: ProposalSelection(
          scales: try attributes.floats("scales", default: [4, 8, 16, 32]).map(Double.init),
          ratios: try attributes.floats("ratios", default: [0.5, 1, 2]).map(Double.init),
          preNMSTopN: try attributes.integer("rpn_pre_nms_top_n", default: 6000),
          postNMSTopN: try attributes.integer("rpn_post_nms_top_n", default: 300),
          threshold: Double(try attributes.float("threshold", default: 0.7)),
          minSize: try attributes.integer("rpn_min_size", default: 16),
          hasScores: try attributes.boolean("output_score", default: false)),
        addsDeltas: try attributes.boolean("iou_loss", default: false),
        isBatched: attributes.op == "_contrib_MultiProposal")
    },
    write: { proposal throws(OperatorError) in
      var attributes = MXNetAttributes.Text(proposal.selection, number: MXNetAttributes.Text.number)
      attributes["feature_stride"] = "\(proposal.stride)"
      if proposal.addsDeltas { attributes["iou_loss"] = "True" }
      return (proposal.isBatched ? "_contrib_MultiProposal" : "_contrib_Proposal", attributes)
    },
    inputNames: { _ in ["cls_prob", "bbox_pred", "im_info"] },
    outputSuffixes: { $0.selection.hasScores ? ["output", "score"] : ["output"] },
    hiddenOutputs: { $0.selection.hasScores ? 0 : 1 })
}

extension MXNetAttributes.Text {
  /// What the C++ and the Python operators write alike, but for the precision of their numbers.
  init(_ selection: ProposalSelection, number: (Double) -> String) {
    self = [
      "scales": Self.tuple(selection.scales.map(number)),
      "ratios": Self.tuple(selection.ratios.map(number)),
      "rpn_pre_nms_top_n": "\(selection.preNMSTopN)", "rpn_post_nms_top_n": "\(selection.postNMSTopN)",
      "threshold": number(selection.threshold), "rpn_min_size": "\(selection.minSize)",
      "output_score": Self.boolean(selection.hasScores),
    ]
  }
}
