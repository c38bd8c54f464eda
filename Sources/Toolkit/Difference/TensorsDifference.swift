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
    findRenamed(first, second, threads)
  }

  /// Moves what only changed its name from `removed` and `added` to `renamed`.
  private mutating func findRenamed(_ first: Tensors, _ second: Tensors, _ threads: Threads) {
    let old = removed.compactMap { name in first[name].map { (name: name, tensor: $0) } }
    let new = added.compactMap { name in second[name].map { (name: name, tensor: $0) } }
    // What has no partner of its form need not be hashed.
    let forms = Set(old.map { Form($0.tensor) }).intersection(new.map { Form($0.tensor) })
    let candidates = [old, new].map { $0.filter { forms.contains(Form($0.tensor)) } }
    let digests = Hashing.digests(of: candidates.joined().map(\.tensor), on: threads)
    var places: [Content: [String]] = [:]
    for (candidate, digest) in zip(candidates[1], digests[candidates[0].count...]).reversed() {
      places[Content(form: Form(candidate.tensor), digest: digest), default: []].append(candidate.name)
    }
    for (candidate, digest) in zip(candidates[0], digests) {
      if let other = places[Content(form: Form(candidate.tensor), digest: digest)]?.popLast() {
        renamed.append((candidate.name, other))
      }
    }
    let (gone, come) = (Set(renamed.map(\.first)), Set(renamed.map(\.second)))
    removed.removeAll { gone.contains($0) }
    added.removeAll { come.contains($0) }
  }

  private struct Form: Hashable {
    let elementType: ElementType
    let shape: Shape

    init(_ tensor: Tensor) {
      elementType = tensor.elementType
      shape = tensor.shape
    }
  }

  /// What makes two tensors the same, whatever their names.
  private struct Content: Hashable {
    let form: Form
    let digest: Digest
  }
}
