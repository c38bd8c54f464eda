package import Graphs

/// Regions that a region proposal network finds most likely to hold something, by the rules of the released
/// graphs' Python operators, from one map or from the levels of a pyramid.
///
/// Inputs: for each level scores `[1, 2·A, Hₗ, Wₗ]`, the second half of the channels the foreground's; for each level
/// deltas `[1, 4·A, Hₗ, Wₗ]`; imageInfo `[1, 3]` of height, width and scale of the network's input. A = ratios ×
/// scales anchors, ratio outer. Outputs: rois `[postNMSTopN, 5]` (0, x1, y1, x2, y2); where `hasScores` also
/// `[postNMSTopN, 1]`.
///
/// Boxes in fp64, suppression in fp32; anchors of sides rounded half to even; cells beyond the image are dropped, as
/// are boxes with a side below `minSize`·scale; the levels follow one another before the sort. Where fewer are left,
/// the original repeats some at random; here they repeat in turn (Deformable-ConvNets rfcn/operator_py/proposal.py,
/// fpn/operator_py/pyramid_proposal.py). MXNet's C++ operators compute otherwise: `Proposal`.
package struct PyramidProposal: Operator {
  package static let name = "PyramidProposal"

  /// Input pixels for each map element, which is also the anchors' base size, by level.
  package var strides: [Int]
  package var selection: ProposalSelection

  package init(strides: [Int], selection: ProposalSelection) {
    self.strides = strides
    self.selection = selection
  }

  package var inputs: [InputName] {
    guard levelCountRange.contains(strides.count) else { return [] }
    let levels = strides.indices.map { strides.count == 1 ? "" : "\($0)" }
    return levels.map { InputName("scores" + $0) } + levels.map { InputName("deltas" + $0) }
      + [InputName("imageInfo")]
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("strides", strides.count, in: levelCountRange)
    try requireAttribute("strides", strides, count: strides.count, in: countRange)
    let anchors = try selection.validate()
    for level in strides.indices {
      let scores = try inputs.require(level, rank: 4)
      try inputs.require(level, [1, 2 * anchors, nil, nil])
      try inputs.require(strides.count + level, [1, 4 * anchors, scores[2], scores[3]])
    }
    try inputs.require(2 * strides.count, [1, 3])
    return selection.outputs(rows: selection.postNMSTopN, elementType: inputs.elementType(0))
  }
}
