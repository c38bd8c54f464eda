internal import Architectures
internal import Bytes
package import Formats
internal import Graphs
internal import OrderedCollections
internal import Tensors

/// Which of the released networks a model's weights are taken for.
package enum ArchitectureChoice: Sendable, Hashable {
  /// The one that the names and shapes of the tensors show, where they show one.
  case automatic
  /// None: weights without a graph stay weights.
  case none
  case named(String)
}

/// Reads a model of any format, and attaches the released network that its weights belong to.
///
/// A graph that the file brings is kept; the network then gives the recipe alone.
///
/// - Throws: `FormatError`; `ToolkitError` where the named architecture does not exist or does not fit.
package func openModel(
  path: String, _ request: ReadRequest = ReadRequest(), architecture: ArchitectureChoice = .automatic
) throws -> OpenedModel {
  var opened = OpenedModel(path: path, model: try FormatTable.read(path: path, request))
  switch architecture {
  case .none: break
  case .automatic:
    // A pack says what it is: recognition was done when it was written.
    if opened.model.network == nil { opened.recognise() }
  case .named(let name): try opened.attach(name)
  }
  opened.describe()
  return opened
}

extension OpenedModel {
  fileprivate var shapes: Recognition.TensorShapes {
    Recognition.TensorShapes(uniqueKeysWithValues: model.tensors.map { ($0.key, $0.value.shape) })
  }

  /// Attaches the network that the tensors show; a model of another kind stays as it is.
  fileprivate mutating func recognise() {
    let graph = model.graph.nodes.isEmpty ? nil : model.graph
    guard !model.tensors.isEmpty, let found = Recognition.best(for: shapes, graph: graph) else { return }
    guard found.isSufficient else {
      if model.graph.nodes.isEmpty {
        model.warnings.append(
          "no released network fits these weights: the nearest is \(found.name), \(found.explanation)")
      }
      return
    }
    take(found)
  }

  fileprivate mutating func attach(_ name: String) throws {
    guard let network = ReleasedNetwork.all.first(where: { $0.name == name }) else {
      let names = ReleasedNetwork.all.map(\.name).joined(separator: ", ")
      throw ToolkitError(.request, "no architecture '\(name)': choose auto, none, or one of \(names)")
    }
    guard let found = Recognition.best(for: shapes, among: network) else {
      throw ToolkitError(.content, "\(path): its tensors show no sizes of \(name)")
    }
    guard found.isSufficient else {
      let first = found.unmatched.prefix(5).map { "\($0)" }.joined(separator: "; ")
      throw ToolkitError(.content, "\(path) is no \(name): \(found.explanation) (\(first))")
    }
    take(found)
  }

  private mutating func take(_ found: Recognition) {
    if model.graph.nodes.isEmpty {
      model.graph = found.graph
      model.bindMXNetWeights()
      model.warnings += found.assumptions
    }
    unmatched = found.unmatched.map { "\($0)" }
    model.network = NetworkIdentity(
      name: found.name, confidence: found.confidence, alternatives: found.alternatives)
    explanation = found.explanation
    let names = Set(model.graph.values.map(\.name))
    if found.recipe.valueNames.allSatisfy(names.contains) { model.recipe = found.recipe }
  }

  /// Says how the model was understood, in sentences.
  fileprivate mutating func describe() {
    guard let network = model.network else { return }
    notes.append(explanation.map { "\(network.name): \($0)" } ?? network.name)
    if !network.alternatives.isEmpty {
      notes.append(
        "the same tensors fit " + network.alternatives.joined(separator: ", ") + " (--architecture chooses)")
    }
    for mismatch in unmatched.prefix(10) { notes.append("does not fit: " + mismatch) }
    if unmatched.count > 10 { notes.append("… \(unmatched.count - 10) more do not fit") }
  }
}
