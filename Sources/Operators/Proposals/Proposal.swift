package import Graphs
internal import Tensors

/// Regions that a region proposal network finds most likely to hold something (arXiv:1506.01497), by the rules of
/// MXNet's C++ operators.
///
/// Inputs: scores `[N, 2·A, H, W]`, the second half of the channels the foreground's; deltas `[N, 4·A, H, W]`;
/// imageInfo `[N, 3]` of height, width and scale of the network's input. A = ratios × scales anchors, ratio outer.
/// Outputs: rois `[N·postNMSTopN, 5]` (batch index, x1, y1, x2, y2); where `hasScores` also `[N·postNMSTopN, 1]`.
///
/// All in fp32; anchors of floored sides; cells beyond the image get score −1 and stay; a box with a side below
/// `minSize`·scale grows by `minSize`/2 on every side and gets −1, too; sorted stably, suppressed above
/// `threshold`; where fewer are left, they repeat in turn (mxnet contrib/proposal.cc, multi_proposal.cc).
/// The Python operators of the released graphs compute otherwise: `PyramidProposal`.
package struct Proposal: Operator {
  package static let name = "Proposal"

  /// Input pixels for each map element, which is also the anchors' base size.
  package var stride: Int
  package var selection: ProposalSelection
  /// Whether deltas are added to the corners rather than decoded.
  package var addsDeltas: Bool
  /// Whether each image of a batch has regions of its own; else the batch must be 1.
  package var isBatched: Bool

  package init(stride: Int, selection: ProposalSelection, addsDeltas: Bool = false, isBatched: Bool = false) {
    self.stride = stride
    self.selection = selection
    self.addsDeltas = addsDeltas
    self.isBatched = isBatched
  }

  package var inputs: [InputName] { [InputName("scores"), InputName("deltas"), InputName("imageInfo")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("stride", stride, in: countRange)
    let anchors = try selection.validate()
    let scores = try inputs.require(0, rank: 4)
    let images = isBatched ? scores[0] : 1
    try inputs.require(0, [images, 2 * anchors, nil, nil])
    try inputs.require(1, [images, 4 * anchors, scores[2], scores[3]])
    try inputs.require(2, [images, 3])
    let rows = try productOfDimensions([inputs.shape(0)[0], selection.postNMSTopN], of: "scores")
    return selection.outputs(rows: rows, elementType: inputs.elementType(0))
  }
}

/// How anchors are laid and boxes chosen, whatever the rules of the arithmetic.
package struct ProposalSelection: Codable, Hashable, Sendable {
  /// Sides of the anchors in base sizes.
  package var scales: [Double]
  /// Height to width of the anchors.
  package var ratios: [Double]
  /// Boxes that suppression sees, best first; 0 or less for all.
  package var preNMSTopN: Int
  /// Regions that are given out.
  package var postNMSTopN: Int
  /// The intersection over union above which the lesser box goes, sides with the +1.
  package var threshold: Double
  /// Least side of a box in pixels of the unscaled image.
  package var minSize: Int
  /// Whether the regions' scores are a second output.
  package var hasScores: Bool

  package init(
    scales: [Double], ratios: [Double], preNMSTopN: Int, postNMSTopN: Int, threshold: Double, minSize: Int,
    hasScores: Bool
  ) {
    self.scales = scales
    self.ratios = ratios
    self.preNMSTopN = preNMSTopN
    self.postNMSTopN = postNMSTopN
    self.threshold = threshold
    self.minSize = minSize
    self.hasScores = hasScores
  }

  /// Checks the numbers, and gives the anchors of each cell.
  ///
  /// - Throws: `OperatorError` that names the attribute.
  func validate() throws(OperatorError) -> Int {
    for (name, numbers) in [("scales", scales), ("ratios", ratios)] {
      try requireAttribute(name, numbers.count, in: 1...1024)
      for number in numbers {
        guard number > 0, number.isFinite else {
          throw .attribute(name, found: "\(numbers)", expected: "finite numbers above 0")
        }
      }
    }
    try requireAttribute("postNMSTopN", postNMSTopN, in: countRange)
    try requireAttribute("minSize", minSize, in: 0...Int(Int32.max))
    guard threshold.isFinite else {
      throw .attribute("threshold", found: "\(threshold)", expected: "a finite number")
    }
    return scales.count * ratios.count
  }

  func outputs(rows: Int?, elementType: ElementType?) -> [ValueType] {
    let rois = ValueType(elementType, PartialShape([rows, 5]))
    return hasScores ? [rois, ValueType(elementType, PartialShape([rows, 1]))] : [rois]
  }
}
