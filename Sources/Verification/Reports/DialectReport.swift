package import Bytes
internal import Toolkit

/// What `dcnconv dialect` found, as the document `dcnconv-dialect/1` (Schemas/dialect.md).
package struct DialectReport: Sendable {
  package let modelPath: String
  package let modelDigest: String
  package let tracePath: String
  package let layers: [LayerDialect]

  package init(modelPath: String, modelDigest: String, tracePath: String, layers: [LayerDialect]) {
    self.modelPath = modelPath
    self.modelDigest = modelDigest
    self.tracePath = tracePath
    self.layers = layers
  }

  /// Whether no layer was computed otherwise than declared, nor in a way that nothing known explains.
  package var holds: Bool { layers.allSatisfy { $0.decision != .other && $0.decision != .unexplained } }

  /// The command whose inputs tell apart what a layer's trace cannot; nil where it is decided.
  package func probe(for layer: LayerDialect) -> String? {
    guard layer.decision == .undecided else { return nil }
    return "dcnconv probe make \(Self.quoted(modelPath)) --layers \(Self.quoted(layer.name)) -o probe"
  }

  package var json: JSONValue {
    [
      "schema": "dcnconv-dialect/1",
      "model": ["path": .text(modelPath), "sha256": .text(modelDigest)],
      "trace": .text(tracePath),
      "holds": .boolean(holds),
      "layers": .list(
        layers.map { layer in
          [
            "name": .text(layer.name), "operator": .text(layer.operatorName),
            "attributes": layer.attributes.json, "decision": .text(layer.decision.rawValue),
            "reason": layer.reason.isEmpty ? .null : .text(layer.reason),
            "tried": .integer(layer.tried), "best": .list(layer.best.map(Self.candidate)),
            "next": layer.next.map(Self.candidate) ?? .null,
            "diagnosis": layer.diagnosis.map { .text($0) } ?? .null,
            "probe": probe(for: layer).map { .text($0) } ?? .null,
          ]
        }),
    ]
  }

  private static func candidate(_ candidate: LayerDialect.Candidate) -> JSONValue {
    [
      "cause": candidate.cause.map { .text($0) } ?? .null,
      "remedy": candidate.remedy.map { .text($0) } ?? .null,
      "maxErrorToSigma": .number(Double(ReportText.ratio(candidate.ratio)) ?? candidate.ratio),
      "refuted": .boolean(candidate.isRefuted),
    ]
  }

  /// A word of a POSIX shell.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: "@"):
        true
      default: false
      }
    }
    guard !isPlain || word.isEmpty else { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
