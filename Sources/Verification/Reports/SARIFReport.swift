package import Bytes
internal import Tensors

/// Findings as a SARIF 2.1.0 log (OASIS, "Static Analysis Results Interchange Format"), for code-scanning views.
///
/// One run holds all, whatever the number of models. What GitHub takes of a file is kept to: 20 runs, 25,000
/// results a run, of which it shows the 5,000 most severe, and 1,000 places a result ("SARIF results exceed
/// limits" in its documentation).
package struct SARIFReport: Sendable {
  /// How a code-scanning view ranks a finding.
  package enum Level: String, Sendable {
    case error, warning, note
  }

  /// What a finding is an instance of.
  package struct Rule: Sendable {
    /// Stable from version to version: alerts are followed by it.
    package let id: String
    package let level: Level
    /// A sentence without a full stop.
    package let title: String
    package let explanation: String
    /// What to do about it.
    package let help: String

    package init(id: String, level: Level, title: String, explanation: String, help: String) {
      self.id = id
      self.level = level
      self.title = title
      self.explanation = explanation
      self.help = help
    }
  }

  /// One thing that was found in a file.
  package struct Finding: Sendable {
    package let ruleID: String
    package let message: String
    /// The file in which it was found.
    package let path: String
    /// The layers, nodes or values in that file which it is about.
    package var elements: [String]
    /// Files that were compared with it.
    package var relatedPaths: [String]
    /// What else machines may read of it.
    package var properties: JSONObject

    package init(
      ruleID: String, message: String, path: String, elements: [String] = [], relatedPaths: [String] = [],
      properties: JSONObject = [:]
    ) {
      self.ruleID = ruleID
      self.message = message
      self.path = path
      self.elements = elements
      self.relatedPaths = relatedPaths
      self.properties = properties
    }
  }

  package static let maximumFindings = 25_000
  package static let maximumShownFindings = 5_000
  package static let maximumPlaces = 1_000

  private let version: String
  private let rules: [Rule]
  private let findings: [Finding]
  private let paths: SourcePaths

  /// - Parameters:
  ///   - version: the program's own.
  ///   - rules: all that may be broken, also where none is.
  ///   - findings: the worst first within each level; the levels themselves are put in order here.
  ///   - root: the absolute path of the folder that files are named from: the repository's checkout.
  /// - Precondition: each finding's rule is there.
  package init(version: String, rules: [Rule], findings: [Finding], root: String) {
    self.version = version
    self.rules = rules
    paths = SourcePaths(root: root)
    let ranks: [Level: Int] = [.error: 0, .warning: 1, .note: 2]
    let levels = Dictionary(uniqueKeysWithValues: rules.map { ($0.id, ranks[$0.level] ?? 0) })
    self.findings = findings.enumerated().map { place, finding in
      guard let level = levels[finding.ruleID] else { preconditionFailure("no rule \(finding.ruleID)") }
      return (level, place, finding)
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
  }

  package var document: JSONValue {
    let places = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.id, $0) })
    let written = findings.prefix(Self.maximumFindings)
    return [
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        [
          "tool": [
            "driver": [
              "name": "dcnconv", "semanticVersion": .text(version), "rules": .list(rules.map(json)),
            ]
          ],
          "invocations": [["executionSuccessful": true, "toolExecutionNotifications": .list(notices)]],
          "columnKind": "unicodeCodePoints",
          "results": .list(written.map { json($0, rule: places[$0.ruleID] ?? 0) }),
        ]
      ],
    ]
  }

  /// What was left out, or will be.
  private var notices: [JSONValue] {
    var sentences: [String] = []
    if findings.count > Self.maximumFindings {
      sentences.append(
        "\(findings.count) findings, the worst \(Self.maximumFindings) are in this file: GitHub takes no more"
      )
    } else if findings.count > Self.maximumShownFindings {
      sentences.append(
        "\(findings.count) findings, of which GitHub shows the worst \(Self.maximumShownFindings)")
    }
    let crowded = findings.prefix(Self.maximumFindings).count { $0.elements.count > Self.maximumPlaces }
    if crowded > 0 {
      sentences.append(
        "\(crowded) findings have more than \(Self.maximumPlaces) places, the rest is left out")
    }
    return sentences.map { ["level": "warning", "message": ["text": .text($0)]] }
  }

  private func json(_ rule: Rule) -> JSONValue {
    [
      "id": .text(rule.id),
      "shortDescription": ["text": .text(rule.title)],
      "fullDescription": ["text": .text(rule.explanation)],
      "help": ["text": .text(rule.help)],
      "defaultConfiguration": ["level": .text(rule.level.rawValue)],
      "properties": [
        "tags": ["parity"],
        "problem.severity": .text(rule.level == .note ? "recommendation" : rule.level.rawValue),
      ],
    ]
  }

  private func json(_ finding: Finding, rule: Int) -> JSONValue {
    var object: JSONObject = [
      "ruleId": .text(finding.ruleID), "ruleIndex": .integer(rule),
      "level": .text(rules[rule].level.rawValue),
      "message": ["text": .text(Self.message(finding.message))],
      "locations": .list(locations(finding)),
      "partialFingerprints": ["primaryLocationLineHash": .text(Self.fingerprint(finding))],
    ]
    if !finding.relatedPaths.isEmpty {
      object["relatedLocations"] = .list(
        finding.relatedPaths.prefix(Self.maximumPlaces).map { ["physicalLocation": physical($0)] })
    }
    if finding.properties.count > 0 { object["properties"] = .object(finding.properties) }
    return .object(object)
  }

  private func locations(_ finding: Finding) -> [JSONValue] {
    if finding.elements.isEmpty { return [["physicalLocation": physical(finding.path)]] }
    return finding.elements.prefix(Self.maximumPlaces).map { element in
      let name = JSONValue.text(element.escapedForDisplay)
      return [
        "physicalLocation": physical(finding.path),
        "logicalLocations": [["name": name, "fullyQualifiedName": name, "kind": "element"]],
      ]
    }
  }

  /// Models are binary; the line is there because GitHub shows nothing without one.
  private func physical(_ path: String) -> JSONValue {
    ["artifactLocation": ["uri": .text(paths.uri(of: path))], "region": ["startLine": 1]]
  }

  /// What tells findings of one rule in one file apart, and stays while the numbers change.
  private static func fingerprint(_ finding: Finding) -> String {
    // A name holds no NUL, so no two lists of names are the same text.
    let text = finding.elements.isEmpty ? finding.message : finding.elements.joined(separator: "\0")
    let bytes = Array(text.utf8)
    // SAFETY: an array of bytes has no padding.
    return unsafe Digest(of: bytes.span.bytes).description.prefix(16) + ":1"
  }

  /// Text that is neither a placeholder (SARIF 3.11.5) nor a link (3.11.6).
  static func message(_ text: String) -> String {
    text.escapedForDisplay.replacing("{", with: "{{").replacing("}", with: "}}")
      .replacing("](", with: "]\\(")
  }
}
