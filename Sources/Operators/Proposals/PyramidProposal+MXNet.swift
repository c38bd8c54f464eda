internal import OrderedCollections

extension PyramidProposal {
  /// The strides that `pyramid_proposal` reads its inputs as, whatever `feat_stride` says.
  private static let pyramidStrides = [4, 8, 16, 32, 64]

  /// The Python operators `proposal` and `pyramid_proposal` of the released graphs.
  package static let mxnet: MXNetDialect<PyramidProposal>? = MXNetDialect(
    names: ["Custom:proposal", "Custom:pyramid_proposal"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("op_type")
      if attributes.op == "Custom:proposal" {
        return PyramidProposal(
          strides: [try attributes.integer("feat_stride", default: 16)],
          selection: try readSelection(&attributes, scales: [8, 16, 32], preNMSTopN: 6000, postNMSTopN: 300))
      }
      let strides = try attributes.tuple("feat_stride", default: [64, 32, 16, 8, 4])
      guard strides == pyramidStrides else {
        throw .attribute(
          "feat_stride", found: "\(strides)",
          expected: "\(pyramidStrides), the only order that the operator computes")
      }
      if let text = attributes.raw("output_pyramid_rois"), text.lowercased() != "false" {
        throw .attribute("output_pyramid_rois", found: "'\(text)'", expected: "False")
      }
      return PyramidProposal(
        strides: strides,
        selection: try readSelection(&attributes, scales: [8], preNMSTopN: 12000, postNMSTopN: 2000))
    },
    write: { proposal throws(OperatorError) in
      var attributes = MXNetAttributes.Text(proposal.selection) { "\($0)" }
      if proposal.strides.count == 1 {
        attributes["op_type"] = "proposal"
        attributes["feat_stride"] = "\(proposal.strides[0])"
      } else {
        guard proposal.strides == pyramidStrides else {
          throw .attribute("strides", found: "\(proposal.strides)", expected: "one, or \(pyramidStrides)")
        }
        attributes["op_type"] = "pyramid_proposal"
        attributes["feat_stride"] = MXNetAttributes.Text.tuple(proposal.strides)
      }
      return ("Custom", attributes)
    },
    inputNames: { proposal in
      if proposal.strides.count == 1 { return ["cls_prob", "bbox_pred", "im_info"] }
      guard levelCountRange.contains(proposal.strides.count) else { return [] }
      return proposal.strides.map { "rpn_cls_prob_stride\($0)" }
        + proposal.strides.map { "rpn_bbox_pred_stride\($0)" } + ["im_info"]
    },
    outputSuffixes: { $0.selection.hasScores ? ["output", "score"] : ["output"] })

  private static func readSelection(
    _ attributes: inout MXNetAttributes, scales: [Double], preNMSTopN: Int, postNMSTopN: Int
  ) throws(OperatorError) -> ProposalSelection {
    ProposalSelection(
      scales: try attributes.doubles("scales", default: scales),
      ratios: try attributes.doubles("ratios", default: [0.5, 1, 2]),
      preNMSTopN: try attributes.integer("rpn_pre_nms_top_n", default: preNMSTopN),
      postNMSTopN: try attributes.integer("rpn_post_nms_top_n", default: postNMSTopN),
      threshold: try attributes.double("threshold", default: 0.3),
      minSize: try attributes.integer("rpn_min_size", default: 16),
      hasScores: try attributes.boolean("output_score", default: false))
  }
}
