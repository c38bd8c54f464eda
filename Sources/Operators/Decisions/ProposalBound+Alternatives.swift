package import Tensors

extension ProposalBound {
  var alternatives: [DecisionAlternative] {
    suppression + smallBoxAlternatives + imageInfoAlternatives + decoding
  }

  private func altered(
    _ cause: String, _ remedy: String, _ alter: (inout ProposalRules) -> Void
  ) -> DecisionAlternative {
    var rules = rules
    alter(&rules)
    return DecisionAlternative(
      cause, remedy: remedy,
      bound: ProposalBound(rules: rules, inputs: inputs, images: images, reference: reference))
  }

  private var suppression: [DecisionAlternative] {
    var list = [
      altered("overlaps without the +1 of the sides", "add 1 to the sides of boxes where overlaps are formed")
      {
        $0.overlapExtra = 0
      },
      altered("suppression before boxes are sorted by score", "sort the boxes by falling score first") {
        $0.isSorted = false
      },
      altered("boxes that are not suppressed", "suppress boxes that overlap a better one") {
        $0.selection.threshold = 1
      },
      altered("all boxes looked at", "look at the \(rules.selection.preNMSTopN) best boxes alone") {
        $0.selection.preNMSTopN = 0
      },
      altered("scores of the background", "read the second half of the scores' channels") {
        $0.readsBackground = true
      },
    ]
    let declared = Float(rules.selection.threshold)
    for threshold in [0.3, 0.4, 0.45, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9] where Float(threshold) != declared
    {
      list.append(
        altered("a threshold of \(threshold)", "suppress above \(rules.selection.threshold)") {
          $0.selection.threshold = threshold
        })
    }
    if !rules.tiesAreOpen {
      list.append(
        altered("another order of equal scores", "keep the first of equal scores first") {
          $0.tiesAreOpen = true
        })
    }
    return list
  }

  private var smallBoxAlternatives: [DecisionAlternative] {
    var list: [DecisionAlternative] = []
    let remedy =
      rules.smallBoxes == .removed
      ? "remove boxes below the least size" : "let small boxes grow and take their score"
    for (treatment, words) in [
      (ProposalRules.Treatment.removed, "small boxes removed"),
      (.scoreless, "small boxes grown instead of removed"), (.kept, "small boxes kept as they are"),
    ] where treatment != rules.smallBoxes {
      list.append(altered(words, remedy) { $0.smallBoxes = treatment })
    }
    for (treatment, words) in [
      (ProposalRules.Treatment.removed, "anchors removed whose cells begin beyond the image"),
      (.scoreless, "anchors kept without a score whose cells begin beyond the image"),
      (.kept, "anchors kept whose cells begin beyond the image"),
    ] where treatment != rules.outsideCells {
      list.append(
        altered(words, "take cells beyond the image by the declared rule") { $0.outsideCells = treatment })
    }
    return list
  }

  private var imageInfoAlternatives: [DecisionAlternative] {
    [
      altered("a scale of 1 in imageInfo", "give the scale by which the picture was resized") {
        $0.scale = 1
      },
      altered("height and width of imageInfo exchanged", "give height, width, scale") {
        $0.infoColumns = [1, 0, 2]
      },
      altered("boxes that are not clipped to the image", "clip the boxes to the image") { $0.clips = false },
    ]
  }

  private var decoding: [DecisionAlternative] {
    [
      altered("deltas read as y before x", "read deltas as dx, dy, dw, dh") {
        $0.readsDeltasAcrossLast = true
      },
      altered("anchors decoded without the +1 of their sides", "add 1 to the sides of anchors") {
        $0.boxExtra = 0
      },
      altered(
        "anchors of each scale's ratios together", "lay anchors ratio by ratio, each with all scales"
      ) { rules in
        let (ratios, scales) = (rules.selection.ratios.count, rules.selection.scales.count)
        for level in rules.levels.indices {
          let anchors = rules.levels[level].anchors
          rules.levels[level].anchors = (0..<anchors.count).map {
            anchors[$0 % ratios * scales + $0 / ratios]
          }
        }
      },
    ]
  }
}

extension Proposal: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] { [.swappedCorners(of: self)] }
}

extension PyramidProposal: DeclaresAlternatives {
  package func alternatives(_ inputs: [Tensor?]) -> [Alternative] { [.swappedCorners(of: self)] }
}

extension Alternative {
  /// Regions whose corners were recorded in the other order.
  fileprivate static func swappedCorners(of operation: any Operator) -> Alternative {
    Alternative(
      "corners given as y before x", remedy: "give regions as batch index, x1, y1, x2, y2",
      operation: operation,
      restored: { $0.shape.rank == 2 && $0.shape[1] == 5 ? $0.selecting([0, 2, 1, 4, 3], axis: 1) : nil })
  }
}
