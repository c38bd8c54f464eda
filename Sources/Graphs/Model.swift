package import OrderedCollections
package import Tensors

/// A network with all that is needed to run it: the graph, the weights, how to feed it, and where it came from.
package struct Model: Sendable {
  /// Empty where only weights were read.
  package var graph: Graph
  /// Named as in the source file (`arg:conv1_weight`), in the file's order.
  package var tensors: OrderedDictionary<String, Tensor>
  /// Set where the network was recognised.
  package var network: NetworkIdentity?
  /// How to feed the network and read its result; set where the network was recognised.
  package var recipe: NetworkRecipe?
  package var provenance: Provenance
  /// What a pack of a later version holds beyond this one's knowledge, by name: kept when it is written again.
  package var unknownSections: [String: [UInt8]]
  /// What its reader met that a person should know; said once, and in no pack.
  package var warnings: [String] = []

  package init(
    graph: Graph = Graph(), tensors: OrderedDictionary<String, Tensor> = [:],
    network: NetworkIdentity? = nil, recipe: NetworkRecipe? = nil, provenance: Provenance,
    unknownSections: [String: [UInt8]] = [:]
  ) {
    self.graph = graph
    self.tensors = tensors
    self.network = network
    self.recipe = recipe
    self.provenance = provenance
    self.unknownSections = unknownSections
  }

  /// The graph's variables that no tensor holds: what a caller feeds.
  package var inputs: [Graph.ValueID] { graph.variables.filter { graph[$0].tensor == nil } }
}

/// Which of the known networks a model is.
package struct NetworkIdentity: Hashable, Sendable {
  /// The released network's name: `rfcn_dcn_coco`.
  package let name: String
  /// The share of the network's and the file's tensors that fit each other, 0 to 1.
  package let confidence: Double
  /// Other networks that fit the same tensors.
  package let alternatives: [String]

  package init(name: String, confidence: Double, alternatives: [String]) {
    self.name = name
    self.confidence = confidence
    self.alternatives = alternatives
  }
}
