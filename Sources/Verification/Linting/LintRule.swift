/// Something that a consumer refuses or misreads, and how a model shows it.
package struct LintRule: Sendable {
  package enum Level: String, Sendable, CaseIterable {
    /// The model is refused, or something else is computed.
    case error
    /// Results may differ by more than rounding.
    case warning
    /// Worth knowing.
    case note
  }

  /// One of its kind within the consumer, and stable from version to version.
  package let id: String
  package let level: Level
  /// What the consumer does, as a sentence without a full stop.
  package let title: String
  package let remedy: String
  /// Where that was read, or that it was tried, with the version of the consumer.
  package let source: String
  /// The first version of which it is no longer true; nil where none is known.
  let mended: ConsumerVersion?
  let find: @Sendable (LintSubject) -> [Hit]

  /// One place where a rule holds.
  struct Hit: Sendable {
    /// Nil where it is about the model as a whole.
    var node: String?
    var detail: String
  }

  /// A rule that looks at each node.
  ///
  /// - Parameter detail: what was found at a node; nil where the rule does not hold of it.
  static func node(
    _ id: String, _ title: String, level: Level = .error, remedy: String, source: String,
    mended: ConsumerVersion? = nil, _ detail: @escaping @Sendable (LintSubject.Entry, LintSubject) -> String?
  ) -> LintRule {
    LintRule(id: id, level: level, title: title, remedy: remedy, source: source, mended: mended) { subject in
      subject.nodes.compactMap { node in detail(node, subject).map { Hit(node: node.name, detail: $0) } }
    }
  }

  /// A rule that looks at the model as a whole.
  static func model(
    _ id: String, _ title: String, level: Level = .error, remedy: String, source: String,
    mended: ConsumerVersion? = nil, _ detail: @escaping @Sendable (LintSubject) -> String?
  ) -> LintRule {
    LintRule(id: id, level: level, title: title, remedy: remedy, source: source, mended: mended) { subject in
      detail(subject).map { [Hit(node: nil, detail: $0)] } ?? []
    }
  }
}
