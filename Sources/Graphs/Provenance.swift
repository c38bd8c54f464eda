/// Where a model came from, so that every byte of it can be traced to a file.
package struct Provenance: Hashable, Sendable {
  /// One file that was read.
  package struct Source: Hashable, Sendable {
    /// The file's name without its folder.
    package let name: String
    package let byteCount: Int
    /// SHA-256 of the whole file in hexadecimal.
    package let sha256: String
    /// What it is: `MXNet NDArray list V0`, `MXNet symbol JSON`, `ONNX IR 9`.
    package let format: String

    package init(name: String, byteCount: Int, sha256: String, format: String) {
      self.name = name
      self.byteCount = byteCount
      self.sha256 = sha256
      self.format = format
    }
  }

  /// A tensor of the source whose place another one took.
  package struct Replacement: Hashable, Sendable {
    /// The tensor whose bytes are not in the model.
    package let tensor: String
    /// SHA-256 of those bytes in hexadecimal.
    package let sha256: String
    /// The tensor of the source that stands under its name instead.
    package let by: String
    /// The rule's name: `test-weights`.
    package let rule: String

    package init(tensor: String, sha256: String, by: String, rule: String) {
      self.tensor = tensor
      self.sha256 = sha256
      self.by = by
      self.rule = rule
    }
  }

  package var sources: [Source]
  package var replacements: [Replacement]
  /// The framework that wrote the files, with its version where the files say it: `MXNet 1.9.1`.
  package var framework: String?
  /// What else the file says of itself, by key: an ONNX model's producer, opsets, metadata.
  package var metadata: [String: String]

  package init(
    sources: [Source] = [], replacements: [Replacement] = [], framework: String? = nil,
    metadata: [String: String] = [:]
  ) {
    self.sources = sources
    self.replacements = replacements
    self.framework = framework
    self.metadata = metadata
  }
}
