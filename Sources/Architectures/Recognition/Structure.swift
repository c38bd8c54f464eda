internal import Graphs
internal import OrderedCollections

/// Released networks whose tensors have the same names: they differ in classes, anchors and proposals alone.
struct Structure {
  /// In order of preference.
  let networks: [ReleasedNetwork]
  /// The names of the tensors, with nothing said of shapes.
  let names: OrderedDictionary<CheckpointName, PartialShape>
  /// Which parameters show which of the sizes.
  let evidence: [NetworkBuilder.Evidence]

  /// The structures of all released networks.
  static let all: [Structure] = {
    let groups = OrderedDictionary(grouping: ReleasedNetwork.all) {
      [$0.head, $0.isDeformable, $0.regions == .given] as [AnyHashable]
    }
    return groups.values.compactMap(Structure.init)
  }()

  private init?(_ networks: [ReleasedNetwork]) {
    guard let built = networks.first?.build() else { return nil }
    self.networks = networks
    names = OrderedDictionary(
      uniqueKeysWithValues: built.graph.checkpointNames.map { ($0.value, PartialShape.unknown) })
    evidence = built.evidence
  }
}

extension Graph {
  /// What each variable that has a tensor is called in a checkpoint.
  var checkpointNames: [(id: ValueID, value: CheckpointName)] {
    variables.compactMap { id in
      self[id].tensor.map { (id, CheckpointName(self[id].name, isAuxiliary: $0.hasPrefix("aux:"))) }
    }
  }
}
