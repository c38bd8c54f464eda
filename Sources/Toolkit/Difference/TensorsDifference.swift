internal import Architectures
internal import Graphs
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
    findRenamed(first, second, threads)
  }

  /// Moves what only changed its name from `removed` and `added` to `renamed`.
  private mutating func findRenamed(_ first: Tensors, _ second: Tensors, _ threads: Threads) {
    // What has no partner of its type and shape need not be hashed.
    let types = Set(removed.compactMap { first[$0].map { ValueType($0) } })
      .intersection(added.compactMap { second[$0].map { ValueType($0) } })
    func candidates(_ names: [String], _ tensors: Tensors) -> [(name: String, tensor: Tensor)] {
      names.compactMap { name in tensors[name].map { (name: name, tensor: $0) } }
        .filter { types.contains(ValueType($0.tensor)) }
    }
    let (old, new) = (candidates(removed, first), candidates(added, second))
    let digests = Hashing.digests(of: (old + new).map(\.tensor), on: threads)
    var places: [Content: [String]] = [:]
    for (candidate, digest) in zip(new, digests[old.count...]).reversed() {
      places[Content(candidate.tensor, digest), default: []].append(candidate.name)
    }
    for (candidate, digest) in zip(old, digests) {
      if let other = places[Content(candidate.tensor, digest)]?.popLast() {
        renamed.append((candidate.name, other))
      }
    }
    let (gone, come) = (Set(renamed.map(\.first)), Set(renamed.map(\.second)))
    removed.removeAll { gone.contains($0) }
    added.removeAll { come.contains($0) }
  }

  /// What makes two tensors the same, whatever their names.
  private struct Content: Hashable {
    let type: ValueType
    let digest: Digest

    init(_ tensor: Tensor, _ digest: Digest) {
      type = ValueType(tensor)
      self.digest = digest
    }
  }
}
