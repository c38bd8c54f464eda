internal import Architectures
package import OrderedCollections
package import Tensors

/// In what two sets of named tensors differ.
///
/// Names match as they are, or without MXNet's `arg:` and `aux:`.
package struct TensorsDifference: Sendable {
  package typealias Tensors = OrderedDictionary<String, Tensor>

  /// How many are the same bit for bit, under the same name.
  package private(set) var sameCount = 0
  /// Those that both have, where they differ; in the first model's order.
  package private(set) var changed: [TensorChange] = []
  /// The same bits under another name.
  package private(set) var renamed: [(first: String, second: String)] = []
  /// Tensors that the second model alone has, and those that the first alone has.
  package private(set) var added: [String] = []
  package private(set) var removed: [String] = []

  package var isEmpty: Bool {
    changed.isEmpty && renamed.isEmpty && added.isEmpty && removed.isEmpty
  }

  /// - Complexity: reads every tensor of both.
  package init(_ first: Tensors, _ second: Tensors, threads: Threads) {
    var bareNames: [Substring: String] = [:]
    for name in second.keys { bareNames[variableName(ofTensor: name)] = name }
    var pairs: [(name: String, first: Tensor, second: Tensor)] = []
    var rest = second
    for (name, tensor) in first {
      let other = second[name] == nil ? bareNames[variableName(ofTensor: name)] : name
      if let other, let partner = rest.removeValue(forKey: other) {
        pairs.append((name, tensor, partner))
      } else {
        removed.append(name)
      }
    }
    added = Array(rest.keys)
    let compared = pairs
    let changes = threads.map(compared.count) { index in
      TensorChange(name: compared[index].name, compared[index].first, compared[index].second)
    }
    changed = changes.compactMap { $0 }
    sameCount = changes.count - changed.count
    findRenamed(first, second)
  }

  /// Moves what only changed its name from `removed` and `added` to `renamed`.
  private mutating func findRenamed(_ first: Tensors, _ second: Tensors) {
    guard !removed.isEmpty, !added.isEmpty else { return }
    var places: [Content: [String]] = [:]
    for name in added.reversed() { places[Content(second[name]), default: []].append(name) }
    for name in removed {
      if let other = places[Content(first[name])]?.popLast() { renamed.append((name, other)) }
    }
    let (old, new) = (Set(renamed.map(\.first)), Set(renamed.map(\.second)))
    removed.removeAll { old.contains($0) }
    added.removeAll { new.contains($0) }
  }

  /// What makes two tensors the same, whatever their names.
  private struct Content: Hashable {
    let elementType: ElementType?
    let shape: Shape?
    let digest: Digest?

    init(_ tensor: Tensor?) {
      elementType = tensor?.elementType
      shape = tensor?.shape
      digest = tensor.map { Digest(of: $0.bytes) }
    }
  }
}
