package import Bytes
internal import Graphs
internal import OrderedCollections

/// What a consumer would refuse or misread in a model.
package struct LintReport: Sendable {
  package struct Finding: Sendable {
    package let rule: LintRule
    /// Nil where it is about the model as a whole.
    package let node: String?
    package let detail: String
  }

  package let path: String
  package let target: LintTarget
  /// Errors first, rules in the table's order, nodes in the graph's.
  package let findings: [Finding]

  package init(_ subject: LintSubject, path: String, for target: LintTarget) {
    self.path = path
    self.target = target
    let all = target.rules.flatMap { rule in
      rule.find(subject).map { Finding(rule: rule, node: $0.node, detail: $0.detail) }
    }
    findings = LintRule.Level.allCases.flatMap { level in all.filter { $0.rule.level == level } }
  }

  package func count(_ level: LintRule.Level) -> Int { findings.count { $0.rule.level == level } }

  /// Whether the consumer refuses the model, or computes something else.
  package var hasErrors: Bool { count(.error) > 0 }

  /// One entry of `consumers` in the document `dcnconv-lint/1` (Schemas/lint.md).
  package var json: JSONValue {
    [
      "consumer": .text(target.name),
      "version": .text("\(target.version)"),
      "rules": .integer(target.rules.count),
      "errors": .integer(count(.error)),
      "warnings": .integer(count(.warning)),
      "notes": .integer(count(.note)),
      "findings": .list(
        findings.map { finding in
          [
            "rule": .text(finding.rule.id), "level": .text(finding.rule.level.rawValue),
            "node": finding.node.map { .text($0) } ?? .null, "title": .text(finding.rule.title),
            "detail": .text(finding.detail), "remedy": .text(finding.rule.remedy),
            "source": .text(finding.rule.source),
          ]
        }),
    ]
  }
}

extension SARIFReport {
  /// The findings of these reports; rules of different consumers stay apart by the consumer before their name.
  package init(_ reports: [LintReport], version: String, root: String) {
    var rules: OrderedDictionary<String, Rule> = [:]
    var findings: [Finding] = []
    for report in reports {
      func id(_ rule: LintRule) -> String { "\(report.target.name)/\(rule.id)" }
      for rule in report.target.rules {
        rules[id(rule)] = Rule(
          id: id(rule), level: Level(rawValue: rule.level.rawValue) ?? .error, title: rule.title,
          explanation: "\(rule.title). \(rule.source)", help: rule.remedy)
      }
      for finding in report.findings {
        findings.append(
          Finding(
            ruleID: id(finding.rule),
            message:
              "\(report.target.name) \(report.target.version): \(finding.rule.title) (\(finding.detail))",
            path: report.path, elements: finding.node.map { [$0] } ?? []))
      }
    }
    self.init(version: version, rules: Array(rules.values), findings: findings, root: root)
  }
}
