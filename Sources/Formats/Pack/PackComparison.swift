internal import Bytes
package import Graphs
internal import OrderedCollections
internal import Synchronization
package import Tensors

/// Whether a model holds every tensor of its source bit for bit, or by which rule another took its place, and
/// nothing else.
package struct PackComparison: Sendable {
  /// What does not hold.
  package enum Finding: Sendable, Hashable {
    /// A tensor of the source that the model has not.
    case missing(tensor: String)
    /// A tensor of the model that the source has not.
    case surplus(tensor: String)
    /// The type or shape differs.
    case form(tensor: String, found: String, expected: String)
    /// The bits differ, first at this byte of the tensor; the element is nil where elements share bytes.
    case bits(tensor: String, byte: Int, element: Int?)
    /// A replacement names a tensor that the source has not, or another one than was replaced.
    case replacement(tensor: String, reason: String)
    /// A file of the source is none of those that the model was made from.
    case file(name: String, sha256: String)
  }

  /// Tensors that are the source's bit for bit.
  package let identicalCount: Int
  /// Tensors whose place another one of the source took, with the rule's name.
  package let replaced: [Provenance.Replacement]
  /// Files that the model was made from and that were not there to compare.
  package let filesNotCompared: [Provenance.Source]
  /// By tensor, in the source's order; none where the model is its source.
  package let findings: [Finding]

  package var holds: Bool { findings.isEmpty }

  /// - Parameters:
  ///   - model: read from a pack.
  ///   - source: read from the files that the pack says it was made from.
  /// - Complexity: reads all tensors of both, and the source's files.
  package init(_ model: Model, source: Model, threads: Threads, progress: ByteProgress? = nil) {
    let comparison = Comparison(model: model, source: source)
    let tensorByteCount = source.tensors.values.reduce(0) { $0 + $1.byteCount }
    let files = source.provenance.sources
    let work = BlockWork(
      total: tensorByteCount + files.reduce(0) { $0 + ($1.file == nil ? 0 : $1.byteCount) },
      shown: tensorByteCount, progress: progress)
    let results = Mutex<[Int: Comparison.Outcome]>([:])
    let hashing = work.hashing(files.unhashed)
    let workers = hashing.workerCount(threads)
    // The files first: each is one long piece.
    threads.forEach(workers + source.tensors.count) { piece, _ in
      guard piece >= workers else { return hashing.run() }
      let outcome = comparison.outcome(piece - workers, work)
      results.withLock { $0[piece - workers] = outcome }
    }
    let outcomes = results.withLock { outcomes in source.tensors.values.indices.compactMap { outcomes[$0] } }
    let given = files.hashed(hashing.digests).map(\.sha256)
    let known = Set(model.provenance.sources.map(\.sha256))
    identicalCount = outcomes.count { $0 == .identical }
    replaced = outcomes.compactMap { if case .replaced(let by) = $0 { by } else { nil } }
    filesNotCompared = model.provenance.sources.filter { !given.contains($0.sha256) }
    findings =
      zip(files, given).filter { !known.contains($1) }.map { .file(name: $0.name, sha256: $1) }
      + outcomes.compactMap { if case .finding(let finding) = $0 { finding } else { nil } }
      + comparison.surplus + comparison.unfoundedReplacements
  }
}

/// The comparison's parts, one tensor of the source at a time.
private struct Comparison: Sendable {
  enum Outcome: Sendable, Hashable {
    case identical
    case replaced(Provenance.Replacement)
    /// Stands under the name of the tensor that it replaced.
    case moved
    case finding(PackComparison.Finding)
  }

  let model: Model
  let source: Model
  private let replacements: [String: Provenance.Replacement]
  private let replacedBy: [String: [Provenance.Replacement]]

  init(model: Model, source: Model) {
    self.model = model
    self.source = source
    replacements = Dictionary(
      model.provenance.replacements.map { ($0.tensor, $0) }, uniquingKeysWith: { first, _ in first })
    replacedBy = Dictionary(grouping: model.provenance.replacements, by: \.by)
  }

  func outcome(_ index: Int, _ work: BlockWork) -> Outcome {
    let (name, tensor) = source.tensors.elements[index]
    if let replacement = replacements[name] { return outcome(of: replacement, replaced: tensor, work) }
    if let mine = model.tensors[name] {
      return difference(mine, from: tensor, named: name, work).map(Outcome.finding) ?? .identical
    }
    // Bits that stand under another's name are compared there.
    return replacedBy[name] == nil ? .finding(.missing(tensor: name)) : .moved
  }

  private func outcome(
    of replacement: Provenance.Replacement, replaced: Tensor, _ work: BlockWork
  ) -> Outcome {
    let name = replacement.tensor
    guard let mine = model.tensors[name] else { return .finding(.missing(tensor: name)) }
    guard let by = source.tensors[replacement.by] else {
      return .finding(.replacement(tensor: name, reason: "the source has no tensor '\(replacement.by)'"))
    }
    if let finding = difference(mine, from: by, named: name, work) { return .finding(finding) }
    let digest = Digest(of: replaced.bytes).description
    guard digest == replacement.sha256 else {
      return .finding(
        .replacement(
          tensor: name,
          reason: "the replaced tensor's SHA-256 is \(digest), recorded is \(replacement.sha256)"))
    }
    return .replaced(replacement)
  }

  private func difference(
    _ mine: Tensor, from other: Tensor, named name: String, _ work: BlockWork
  ) -> PackComparison.Finding? {
    guard mine.elementType == other.elementType, mine.shape == other.shape else {
      return .form(
        tensor: name, found: "\(mine.elementType.rawValue) \(mine.shape)",
        expected: "\(other.elementType.rawValue) \(other.shape)")
    }
    var byte: Int?
    work.forEachBlock(of: mine.bytes) { block, offset in
      guard byte == nil else { return }
      let others = other.bytes.extracting(offset..<offset + block.byteCount)
      byte = block.firstDifference(from: others).map { offset + $0 }
    }
    return byte.map { byte in
      .bits(tensor: name, byte: byte, element: mine.elementType.byteCount.map { byte / $0 })
    }
  }

  /// Tensors that the source does not account for.
  var surplus: [PackComparison.Finding] {
    model.tensors.keys.filter { source.tensors[$0] == nil }.map { .surplus(tensor: $0) }
  }

  /// Replacements of what the source never had, and second ones.
  var unfoundedReplacements: [PackComparison.Finding] {
    var seen: Set<String> = []
    return model.provenance.replacements.compactMap {
      let isFirst = seen.insert($0.tensor).inserted
      if isFirst, source.tensors[$0.tensor] != nil { return nil }
      return .replacement(
        tensor: $0.tensor, reason: isFirst ? "the source has no such tensor" : "is replaced twice")
    }
  }
}

extension PackComparison.Finding: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing(let tensor): "tensor '\(tensor.escapedForDisplay)' of the source is missing"
    case .surplus(let tensor): "tensor '\(tensor.escapedForDisplay)' is not in the source"
    case .form(let tensor, let found, let expected):
      "tensor '\(tensor.escapedForDisplay)': found \(found), expected \(expected)"
    case .bits(let tensor, let byte, let element):
      "tensor '\(tensor.escapedForDisplay)': bits differ from byte \(byte) on"
        + (element.map { " (element \($0))" } ?? "")
    case .replacement(let tensor, let reason):
      "replaced tensor '\(tensor.escapedForDisplay)': \(reason.escapedForDisplay)"
    case .file(let name, let sha256):
      "file '\(name.escapedForDisplay)' (SHA-256 \(sha256)) is none that the model was made from"
    }
  }
}
