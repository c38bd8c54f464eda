package import Graphs
internal import Operators
package import OrderedCollections
package import Tensors

extension Recognition {
  /// Shapes by the names of a file: `arg:conv1_weight`.
  package typealias TensorShapes = OrderedDictionary<String, Shape>

  /// The released network that a file's tensors fit best; nil where none can be built for their sizes.
  ///
  /// - Parameters:
  ///   - network: the one that the user chose; nil looks among all.
  ///   - graph: one that came with the tensors; it shows whose operator proposes regions.
  package static func best(
    for shapes: TensorShapes, among network: ReleasedNetwork? = nil, graph: Graph? = nil
  ) -> Recognition? {
    let file = CheckpointTensors(shapes)
    let candidates =
      Structure.all.filter { structure in network.map(structure.networks.contains) ?? true }
      .map { (structure: $0, atMost: TensorFit(file, expected: $0.names).share) }
      .sorted { $0.atMost > $1.atMost }
    var best: Recognition?
    for (structure, atMost) in candidates {
      // What does not fit by name cannot fit by name and shape.
      if let best, best.confidence >= atMost { break }
      let networks = network.map { [$0] } ?? structure.networks
      guard let next = Recognition(file, structure, networks, graph) else { continue }
      if next.confidence > best?.confidence ?? -1 { best = next }
    }
    return best
  }

  /// Prefers the network that proposes regions as the graph does, then the one whose release has as many classes
  /// as the file, then as many anchors.
  private init?(
    _ file: CheckpointTensors, _ structure: Structure, _ networks: [ReleasedNetwork], _ graph: Graph?
  ) {
    let votes = SizeVotes(structure.evidence, file: file)
    let hasOwnOperator = graph?.nodes.contains { $0.operation is Proposal }
    let ranked = networks.map { network in
      let agrees = hasOwnOperator.map { $0 == (network.regions == .cxx) } ?? false
      return (network: network, rank: network.agreement(with: votes) + (agrees ? 4 : 0))
    }
    guard let best = ranked.max(by: { $0.rank < $1.rank }) else { return nil }
    network = best.network
    alternatives = ranked.filter { $0.rank == best.rank && $0.network != best.network }.map(\.network.name)
    parameters = network.parameters(votes)
    self.graph = network.graph(parameters)
    guard let expected = try? self.graph.tensorShapes() else { return nil }
    let fit = TensorFit(file, expected: expected)
    confidence = fit.share
    fitting = (fit.fitting, fit.fitting + fit.mismatches.count)
    isSufficient = fit.share >= 0.9 && 2 * fit.ownFitting > fit.own
    unmatched = fit.mismatches
    assumptions = network.assumptions(parameters, file: file)
  }
}

extension ReleasedNetwork {
  /// The release's parameters, with the sizes that a file shows.
  fileprivate func parameters(_ votes: SizeVotes) -> NetworkParameters {
    var parameters = self.parameters
    for (size, released) in parameters.sizes {
      parameters.sizes[size] = votes.value(of: size, released: released)
    }
    if let anchors = parameters.sizes[.anchors] {
      parameters.proposals = parameters.proposals.assuming(anchors: anchors, onPyramid: head == .fpn)
    }
    return parameters
  }

  /// How well the release's sizes agree with a file's: classes weigh more than anchors.
  fileprivate func agreement(with votes: SizeVotes) -> Int {
    func agrees(_ size: NetworkSize) -> Bool {
      parameters.sizes[size].map { votes.value(of: size, released: $0) == $0 } ?? false
    }
    return (agrees(.classes) ? 2 : 0) + (agrees(.anchors) ? 1 : 0)
  }

  /// What the tensors do not show, in sentences for the user.
  fileprivate func assumptions(
    _ parameters: NetworkParameters, file: CheckpointTensors
  ) -> [String] {
    var assumptions: [String] = []
    let (classes, released) = (parameters[.classes], self.parameters)
    if classes != released[.classes] {
      let names = dataset.named(classes).map { "taken from \($0)" } ?? "not known"
      assumptions.append(
        "\(classes) classes where the release has \(released[.classes]): their names are \(names)")
    }
    let proposals = parameters.proposals
    if proposals.anchors != released.proposals.anchors {
      assumptions.append(
        "\(proposals.anchors) anchors where the release has \(released.proposals.anchors): scales "
          + "\(proposals.scales) and ratios \(proposals.ratios) are assumed, the weights do not show them")
    }
    if head != .deepLab, !file.hasTestTensors {
      assumptions.append(
        "no weights for testing, such as bbox_pred_weight_test: box deltas are taken as they come, though those "
          + "of a training checkpoint are normalised by 0.1, 0.1, 0.2, 0.2")
    }
    return assumptions
  }
}

extension Graph {
  /// The shapes that the graph asks of its tensors for a colour picture.
  ///
  /// - Throws: `NodeError` where its nodes do not fit each other.
  fileprivate func tensorShapes() throws(NodeError) -> OrderedDictionary<CheckpointName, PartialShape> {
    let picture = ValueType(.float32, PartialShape([1, 3, nil, nil]))
    let data = variables.filter { self[$0].name == "data" }.map { ($0, picture) }
    let types = try GraphInference(self, given: Dictionary(uniqueKeysWithValues: data))
    return OrderedDictionary(uniqueKeysWithValues: checkpointNames.map { ($0.value, types[$0.id].shape) })
  }
}
