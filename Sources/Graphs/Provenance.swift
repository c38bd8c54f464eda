package import Bytes
package import Tensors

/// Where a model came from, so that every byte of it can be traced to a file.
package struct Provenance: Hashable, Sendable {
  /// One file that was read.
  package struct Source: Hashable, Sendable {
    /// The file's name without its folder.
    package let name: String
    package let byteCount: Int
    /// What it is: `MXNet NDArray list V0`, `MXNet symbol JSON`, `ONNX IR 9`.
    package let format: String
    private let identity: Identity

    private enum Identity: Sendable {
      case digest(String)
      case file(MappedFile)
    }

    /// A file whose digest is known, from a pack or another record.
    ///
    /// - Parameter sha256: of the whole file, in hexadecimal.
    package init(name: String, byteCount: Int, sha256: String, format: String) {
      self.name = name
      self.byteCount = byteCount
      self.format = format
      identity = .digest(sha256)
    }

    /// A file that is still mapped; its digest waits until someone asks, for hashing takes as long as reading.
    package init(_ file: MappedFile, format: String) {
      name = file.path.split(separator: "/").last.map(String.init) ?? file.path
      byteCount = file.byteCount
      self.format = format
      identity = .file(file)
    }

    /// The file where its digest has not been taken; nil where the digest is known.
    package var file: MappedFile? {
      if case .file(let file) = identity { file } else { nil }
    }

    /// SHA-256 of the whole file in hexadecimal.
    ///
    /// - Complexity: reads the whole file where the digest is not known.
    package var sha256: String {
      switch identity {
      case .digest(let digest): digest
      case .file(let file): Digest(of: file.bytes).description
      }
    }

    /// The same file with its digest.
    package func hashed(_ digest: Digest) -> Source {
      Source(name: name, byteCount: byteCount, sha256: digest.description, format: format)
    }

    package static func == (a: Source, b: Source) -> Bool {
      a.name == b.name && a.byteCount == b.byteCount && a.format == b.format && a.sha256 == b.sha256
    }

    package func hash(into hasher: inout Hasher) {
      hasher.combine(name)
      hasher.combine(byteCount)
      hasher.combine(format)
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
