package import Graphs

/// Which released network a file's tensors belong to, and how sure that is.
///
/// A network goes by the name of the release that has its classes (81 coco, 21 voc, 19 cityscapes), else by that of
/// the release that has its anchors (12 coco, 9 voc), else by the first in `ReleasedNetwork.all`. Widths, classes
/// and anchors follow the file whatever the name; weights do not show whether C++ or Python proposes regions, so
/// the release's choice, Python, stands and the other is an alternative.
package struct Recognition: Sendable {
  package let network: ReleasedNetwork
  /// The share of the file's and the network's tensors that fit each other, 0 to 1.
  package let confidence: Double
  /// How many tensors fit, of how many.
  package let fitting: (count: Int, of: Int)
  /// Whether that is enough to call the file by the network's name.
  ///
  /// Nine tensors in ten must fit, and more than half of those that the network has beyond the ResNet body:
  /// the body alone is nine tenths of every network, and of the classifier it came from.
  package let isSufficient: Bool
  /// Names of other networks that fit the same tensors as well.
  package let alternatives: [String]
  /// Every tensor that does not fit.
  package let unmatched: [Mismatch]
  /// What the tensors do not show and was assumed.
  package let assumptions: [String]
  package let parameters: NetworkParameters
  /// The network for the file's sizes; its variables are bound to the tensors that they expect.
  package let graph: Graph

  package var name: String { network.name }

  package var recipe: NetworkRecipe { network.recipe(classes: parameters[.classes]) }

  /// One sentence on why this network.
  package var explanation: String {
    let share = "\(fitting.count) of \(fitting.of) tensors fit \(name) by name and shape"
    return unmatched.isEmpty ? share : share + "; \(unmatched.count) do not"
  }
}
