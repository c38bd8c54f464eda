internal import Bytes
internal import Toolkit

/// A program that models are given to.
package protocol LintConsumer: Sendable {
  /// The name on the command line: `ort`.
  static var name: String { get }
  /// The versions that the rules were read or tried at; the last is meant where none is named.
  static var versions: ClosedRange<ConsumerVersion> { get }
  static var rules: [LintRule] { get }
}

/// A consumer's version, as far as rules tell versions apart.
package struct ConsumerVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  let major: Int
  /// Nil where only a date or one number is given.
  let minor: Int?

  init(_ major: Int, _ minor: Int? = nil) {
    self.major = major
    self.minor = minor
  }

  /// Nil where the text is no version; what follows a second point does not count.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...4).contains(parts.count), let major = parts[0], parts.allSatisfy({ ($0 ?? -1) >= 0 }) else {
      return nil
    }
    self.init(major, parts.count > 1 ? parts[1] : nil)
  }

  package static func < (a: Self, b: Self) -> Bool { (a.major, a.minor ?? 0) < (b.major, b.minor ?? 0) }

  package var description: String { minor.map { "\(major).\($0)" } ?? "\(major)" }
}

/// A consumer of a certain version, with the rules that hold of it.
package struct LintTarget: Sendable {
  package let name: String
  package let version: ConsumerVersion
  package let rules: [LintRule]

  /// Every consumer that rules are known of; one line each.
  package static let consumers: [any LintConsumer.Type] = [
    ONNXRuntimeConsumer.self,
    OpenVINOConsumer.self,
    NCNNConsumer.self,
    OpenCVConsumer.self,
    TensorRTConsumer.self,
    ONNXReferenceConsumer.self,
  ]

  /// - Parameter text: `ort` or `ort@1.24`.
  /// - Throws: `ToolkitError` where nobody is called so, or nothing is known of the version.
  package init(_ text: String) throws {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let consumer = Self.consumers.first(where: { $0.name == parts[0] }) else {
      throw ToolkitError(
        .request,
        "no consumer '\(parts[0])': choose one of \(Self.consumers.map { $0.name }.joined(separator: ", "))")
    }
    let known = consumer.versions
    guard parts.count > 1 else {
      self.init(consumer, known.upperBound)
      return
    }
    guard let version = ConsumerVersion(parts[1]), known.contains(version) else {
      let range =
        known.lowerBound == known.upperBound
        ? "\(known.lowerBound)" : "\(known.lowerBound) to \(known.upperBound)"
      throw ToolkitError(
        .request, "nothing is known of \(consumer.name) '\(parts[1])': its rules were tried at \(range)")
    }
    self.init(consumer, version)
  }

  private init(_ consumer: any LintConsumer.Type, _ version: ConsumerVersion) {
    name = consumer.name
    self.version = version
    rules = (commonRules + consumer.rules).filter { rule in rule.mended.map { version < $0 } ?? true }
  }
}
