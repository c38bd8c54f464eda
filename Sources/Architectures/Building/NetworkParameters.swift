package import Operators

/// What a network is built for.
package struct NetworkParameters: Hashable, Sendable {
  /// Counts that the weights show.
  package var sizes: [NetworkSize: Int]
  /// How regions are chosen among the anchors; only the number of anchors shows in the weights.
  package var proposals: ProposalSelection

  package init(sizes: [NetworkSize: Int], proposals: ProposalSelection) {
    self.sizes = sizes
    self.proposals = proposals
  }

  /// - Precondition: the size is one of those that were given.
  subscript(size: NetworkSize) -> Int {
    guard let value = sizes[size] else { preconditionFailure("no value for \(size)") }
    return value
  }
}

extension ProposalSelection {
  package var anchors: Int { scales.count * ratios.count }

  /// Settings for another number of anchors, which says nothing of their sizes: doubling ones, up to the largest
  /// where there is one map, from the smallest where there is a pyramid, as the release's are.
  func assuming(anchors count: Int, onPyramid: Bool) -> ProposalSelection {
    var selection = self
    if count == anchors { return selection }
    if count % ratios.count != 0 { selection.ratios = [1] }
    let sizes = count / selection.ratios.count
    let smallest = onPyramid ? 8 : 32 / Double(1 << (sizes - 1))
    selection.scales = (0..<sizes).map { smallest * Double(1 << $0) }
    return selection
  }
}

extension ReleasedNetwork {
  /// The sizes and settings of the release's own checkpoint and test configuration.
  package var parameters: NetworkParameters {
    var sizes: [NetworkSize: Int] = [.stem: 64, .classes: dataset.classNames.count]
    for stage in 2...5 {
      sizes[.inner(stage: stage)] = 16 << stage
      sizes[.outer(stage: stage)] = 64 << stage
    }
    switch head {
    case .rfcn, .deepLab, .convolutionDemo, .partDemo: sizes[.head] = 1024
    case .fasterRCNN, .fpn: (sizes[.head], sizes[.hidden]) = (256, 1024)
    }
    if isDeformable, head != .partDemo {
      sizes[.deformableGroups] = head == .deepLab || head == .convolutionDemo ? 1 : 4
    }
    if regions == .python || regions == .cxx {
      (sizes[.proposal], sizes[.anchors]) = (512, proposals.anchors)
    }
    return NetworkParameters(sizes: sizes, proposals: proposals)
  }

  /// The numbers of every published test configuration, `TEST.RPN_*`.
  private var proposals: ProposalSelection {
    let scales: [Double] = head == .fpn ? [8] : dataset == .coco ? [4, 8, 16, 32] : [8, 16, 32]
    return ProposalSelection(
      scales: scales, ratios: [0.5, 1, 2], preNMSTopN: head == .fpn ? 12_000 : 6_000,
      postNMSTopN: head == .fpn ? 2_000 : 300, threshold: 0.7, minSize: 0, hasScores: false)
  }
}
