package import Graphs

extension ReleasedNetwork {
  /// The network's graph as the original's test code builds it, nodes numbered as in its symbol JSON.
  ///
  /// - Parameter parameters: sizes and settings; the release's own by default.
  package func graph(_ parameters: NetworkParameters? = nil) -> Graph { build(parameters).graph }

  func build(_ parameters: NetworkParameters? = nil) -> BuiltNetwork {
    var builder = NetworkBuilder(parameters ?? self.parameters)
    let data = builder.input("data")
    let maps = builder.resNet101(data, dilatesLastStage: head != .fpn, deformation: deformation)
    switch head {
    case .deepLab:
      let probabilities = builder.deepLabHead(maps.stage5, picture: data)
      return builder.finish([probabilities])
    case .rfcn, .convolutionDemo, .partDemo:
      let regions = regionsOnOneMap(&builder, maps)
      let result = builder.rfcnHead(
        maps.stage5, regions: regions, bins: head == .partDemo ? 3 : 7,
        movesParts: isDeformable && head != .convolutionDemo)
      let shown = shownValues.map { builder.value(ofNode: $0) }
      return builder.finish(shown + [result.probabilities, result.deltas])
    case .fasterRCNN:
      let regions = regionsOnOneMap(&builder, maps)
      let result = builder.fasterRCNNHead(maps.stage5, regions: regions, movesParts: isDeformable)
      return builder.finish([regions, result.probabilities, result.deltas])
    case .fpn:
      let levels = builder.featurePyramid(maps)
      let regions = builder.pyramidProposals(levels)
      let result = builder.pyramidHead(levels, regions: regions, movesParts: isDeformable)
      return builder.finish([regions, result.probabilities, result.deltas])
    }
  }

  private func regionsOnOneMap(_ builder: inout NetworkBuilder, _ maps: StageMaps) -> ValueID {
    regions == .given
      ? builder.givenRegions()
      : builder.regionProposals(maps.stage4, byMXNet: regions == .cxx)
  }

  /// The nodes whose values an R-FCN yields before its probabilities.
  private var shownValues: [String] {
    switch head {
    case .convolutionDemo: ["5a", "5b", "5c"].map { "res\($0)_branch2b_offset" }
    case .partDemo: ["rfcn_cls_offset"]
    default: regions == .given ? [] : ["rois"]
    }
  }

  private var deformation: Deformation? {
    let lastStage: Set = ["5a", "5b", "5c"]
    switch head {
    case _ where !isDeformable, .partDemo: return nil
    case .rfcn, .fasterRCNN: return Deformation(units: lastStage, offsets: Window(3, dilation: 2))
    // Here the offsets look at immediate neighbours, whatever the deformed window's dilation.
    case .deepLab, .convolutionDemo: return Deformation(units: lastStage, offsets: Window(3))
    case .fpn: return Deformation(units: lastStage.union(["3b3", "4b22"]), offsets: Window(3))
    }
  }
}
