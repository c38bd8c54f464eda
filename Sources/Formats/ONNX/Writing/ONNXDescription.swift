package import Graphs

/// What an ONNX file says of itself beside its graph.
package struct ONNXDescription: Sendable {
  /// The operator set that is written where nothing asks for another: the newest for all of whose operators
  /// ONNX Runtime 1.25 to 1.31 have kernels (they lack RoiAlign-22 and MaxRoiPool-22).
  package static let usualOpset = 21

  /// The key of `metadata_props` under which a network's recipe is written.
  package static let recipeKey = "dcnconv.recipe"

  package var producerName = ""
  package var producerVersion = ""
  package var domain = ""
  package var modelVersion = 0
  package var graphName = ""
  /// The least IR version; a newer one is written where the operator set needs it.
  package var irVersion = 3
  /// Versions of operator sets by domain; ONNX's own is the empty one.
  package var operatorSets: [String: Int] = [:]
  /// `metadata_props`, in the order in which they are written.
  package var metadata: [(key: String, value: String)] = []

  package init() {}

  /// What the file said that a model was read from, as its provenance keeps it.
  package init(_ provenance: Provenance) {
    let said = provenance.metadata
    producerName = said["producer_name"] ?? ""
    producerVersion = said["producer_version"] ?? ""
    domain = said["domain"] ?? ""
    modelVersion = said["model_version"].flatMap(Int.init) ?? 0
    graphName = said["graph"] ?? ""
    irVersion = said["ir_version"].flatMap(Int.init) ?? irVersion
    for (key, value) in said.sorted(by: { $0.key < $1.key }) {
      if let domain = key.bracketed(after: "opset_import"), let version = Int(value) {
        operatorSets[domain == "ai.onnx" ? "" : domain] = version
      } else if let key = key.bracketed(after: "metadata_props") {
        metadata.append((key, value))
      }
    }
  }
}

extension String {
  /// What stands in brackets behind a word: `conv` of `metadata_props[conv]`.
  fileprivate func bracketed(after word: String) -> String? {
    guard hasPrefix(word + "["), hasSuffix("]") else { return nil }
    return String(dropFirst(word.count + 1).dropLast())
  }
}

/// The IR version that came with each operator set of ONNX (onnx, docs/Versioning.md); the last one has no end.
func irVersion(forOpset opset: Int) -> Int {
  switch opset {
  case ...8: 3
  case 9: 4
  case 10: 5
  case 11: 6
  case 12...14: 7
  case 15...18: 8
  case 19...20: 9
  case 21...22: 10
  case 23: 11
  case 24: 12
  case 25...27: 13
  default: 14
  }
}
