/// The models of a weights repository, and what must hold of each (Schemas/manifest.md).
package struct ParityManifest: Sendable {
  /// One model with its policy; paths are as they can be opened.
  package struct Entry: Sendable {
    package let model: String
    /// The SHA-256 of the model's file in lowercase hexadecimal; nil where any will do.
    package let sha256: String?
    /// The symbol JSON of an MXNet checkpoint; nil where it is found by its name.
    package let symbol: String?
    /// A released network's name, `auto` or `none`; nil for `auto`.
    package let architecture: String?
    /// The file that the model was imported from; nil where that is not checked.
    package let source: String?
    package let traces: [String]
    /// The pattern of the values to judge; nil for all.
    package let layers: String?
    package let arithmetic: Precision.Arithmetic?
    package let tolerance: Tolerance?
    package let requirements: Requirements
  }

  package let entries: [Entry]
}

extension Requirements.CoverageRule {
  /// `all`, `deformable` or a share such as `90%`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "all": self = .all
    case "deformable": self = .deformable
    default:
      guard let number = Double(text.hasSuffix("%") ? String(text.dropLast()) : text),
        (0...100).contains(number)
      else { return nil }
      self = .percent(number)
    }
  }
}
