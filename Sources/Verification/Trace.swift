package import Bytes
internal import Formats
package import Tensors

/// A recording of another framework's run of a model (Schemas/trace.md).
package struct Trace: Sendable {
  /// One execution: its graph inputs and the values that were recorded.
  package struct Run: Sendable {
    let source: any TensorSource
    /// `` or `runs/<k>/`.
    let prefix: String

    func input(_ name: String) throws -> Tensor? {
      try source.tensor(named: prefix + "inputs/" + TraceName.encode(name))
    }

    /// Names of the values that were recorded, as the trace encodes them.
    var encodedActivations: Set<Substring> {
      let group = prefix + "activations/"
      return Set(source.names.filter { $0.hasPrefix(group) }.map { $0.dropFirst(group.count) })
    }

    /// Of a graph input, a weight or a value.
    func gradient(_ name: String) throws -> Tensor? {
      try source.tensor(named: prefix + "gradients/" + TraceName.encode(name))
    }

    func activation(_ name: String) throws -> Tensor? {
      try source.tensor(named: prefix + "activations/" + TraceName.encode(name))
    }
  }

  private let source: any TensorSource
  /// The file's path as it was given.
  package let path: String
  package let runs: [Run]

  /// - Throws: `VerificationError` where the file holds no activation.
  package init(_ source: any TensorSource, path: String) throws(VerificationError) {
    self.source = source
    self.path = path
    var prefixes: Set<String> = []
    var hasValues = false
    for name in source.names {
      let parts = name.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
      if parts.first == "runs", parts.count == 3 { prefixes.insert("runs/\(parts[1])/") }
      if ["inputs", "activations", "gradients"].contains(parts.first) { prefixes.insert("") }
      if name.contains("activations/") || name.contains("gradients/") { hasValues = true }
    }
    guard hasValues else {
      throw VerificationError(
        file: path, "no dataset 'activations/…': comparing nothing proves nothing (see Schemas/trace.md)")
    }
    let ordered = prefixes.sorted { ($0.count, $0) < ($1.count, $1) }
    runs = ordered.map { Run(source: source, prefix: $0) }
  }

  package var metadata: [String: String] { source.metadata }

  /// The producer's arithmetic as the trace declares it; fp32 where it says nothing.
  ///
  /// - Throws: `VerificationError` where it names one that is not known.
  func precision(overridden: Precision.Arithmetic?) throws(VerificationError) -> Precision {
    let flushes = metadata["flushToZero"]?.lowercased() == "true"
    if let overridden { return Precision(overridden, flushesToZero: flushes) }
    guard let text = metadata["precision"] else { return Precision(.fp32, flushesToZero: flushes) }
    guard let arithmetic = Precision.Arithmetic(rawValue: text.lowercased()) else {
      let known = Precision.Arithmetic.allCases.map(\.rawValue).joined(separator: ", ")
      throw VerificationError(file: path, "precision '\(text)' is not one of \(known)")
    }
    return Precision(arithmetic, flushesToZero: flushes)
  }
}

/// A fault of what was asked to be verified.
package struct VerificationError: Fault, Equatable {
  package let blame: Blame
  package let file: String
  package let explanation: String

  package init(_ blame: Blame = .content, file: String, _ explanation: String) {
    self.blame = blame
    self.file = file
    self.explanation = explanation
  }

  package var description: String { file.escapedForDisplay + ": " + explanation.escapedForDisplay }
}
