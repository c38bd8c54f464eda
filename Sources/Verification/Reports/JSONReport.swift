package import Bytes
internal import Toolkit

/// A report as the document `dcnconv-report/1` (Schemas/report.md).
package enum JSONReport {
  package static func document(_ report: ModelReport) -> JSONValue {
    let coverage = report.coverage
    return [
      "schema": "dcnconv-report/1",
      "model": ["path": .text(report.modelPath), "sha256": .text(report.modelDigest)],
      "isa": .text(report.instructionSet),
      "verdict": .text(report.verdict.rawValue),
      "passes": .boolean(report.passes),
      "failures": .list(report.failures.map { .text($0) }),
      "coverage": [
        "layers": .integer(coverage.layers), "judged": .integer(coverage.judged),
        "deformable": .integer(coverage.deformable), "deformableJudged": .integer(coverage.deformableJudged),
      ],
      "layers": .list(report.layers.map(layer)),
    ]
  }

  /// A layer as the document has it.
  package static func layer(_ layer: LayerReport) -> JSONValue {
    let statistics = layer.statistics
    var object: JSONObject = [
      "name": .text(layer.name),
      "operator": .text(layer.operatorName),
      "verdict": .text(layer.verdict.rawValue),
      "reason": layer.reason.isEmpty ? .null : .text(layer.reason),
      "elements": .integer(statistics.elements),
      "outside": .integer(statistics.outside),
      "maxAbsError": .number(statistics.maximumError),
      "maxErrorToSigma": .number(rounded(statistics.maximumErrorToSigma)),
      "maxErrorToSigmaIsUpperEstimate": .boolean(statistics.isUpperEstimate),
      "maxErrorToBound": .number(rounded(statistics.maximumErrorToBound)),
      "maxUlp": .number(statistics.maximumUlp),
      "illConditioned": .integer(statistics.counts[.illConditioned, default: 0]),
      "diagnosis": layer.diagnosis.map { .text($0) } ?? .null,
      "decisions": layer.decisions.map(decisions) ?? .null,
      "segment": .list(layer.segment.map { .text($0) }),
      "gradient": layer.gradient.map { .text($0) } ?? .null,
    ]
    if let worst = statistics.worst {
      object["worst"] = [
        "position": .list(worst.position.map { .integer($0) }), "recorded": .number(worst.recorded),
        "expected": .number(worst.expected), "sigma": .number(worst.sigma),
      ]
    }
    return .object(object)
  }

  private static func decisions(_ summary: DecisionSummary) -> JSONValue {
    [
      "count": .integer(summary.count), "differing": .integer(summary.differing),
      "differingRows": .integer(summary.differingRows),
      "closest": summary.closest.isEmpty ? .null : .text(summary.closest),
      "margin": summary.margin.map { .number(rounded($0)) } ?? .null,
    ]
  }

  /// Ratios to three digits: the rest differs between instruction sets.
  private static func rounded(_ value: Double) -> Double {
    Double(ReportText.ratio(value)) ?? value
  }

  /// The member `endToEnd` of the document: one object for each run.
  package static func endToEnd(_ reports: [EndToEndReport]) -> JSONValue { .list(reports.map(endToEnd)) }

  private static func endToEnd(_ report: EndToEndReport) -> JSONValue {
    [
      "run": .text(report.run),
      "firstDivergence": report.firstDivergence.map { .text($0.name) } ?? .null,
      "failures": .list(report.failures.map { .text($0) }),
      "layers": .list(
        report.layers.map { layer in
          [
            "name": .text(layer.name), "operator": .text(layer.operatorName),
            "relativeError": .number(layer.relativeError),
            "ownRelativeError": .number(layer.ownRelativeError),
            "maxAbsError": .number(layer.maximumError), "ratio": .number(rounded(layer.ratio)),
            "diverges": .boolean(layer.diverges),
            "reason": layer.reason.isEmpty ? .null : .text(layer.reason),
          ]
        }),
      "notRerun": .list(report.gaps.map { ["name": .text($0.name), "reason": .text($0.reason)] }),
      "detections": report.detections.map(detections) ?? .null,
    ]
  }

  private static func detections(_ comparison: DetectionComparison) -> JSONValue {
    [
      "matched": .integer(comparison.matchedCount),
      "maxScoreDifference": .number(comparison.scoreDifference),
      "maxCornerDifference": .number(comparison.cornerDifference),
      "unmatched": .list(
        comparison.unmatched.map { one in
          [
            "class": .text(one.detection.className), "score": .number(one.detection.score),
            "box": .list(one.detection.box.corners.map { .number($0) }),
            "recorded": .boolean(one.isRecorded), "decision": .text(one.decision),
            "margin": .number(one.margin), "explained": .boolean(one.isExplained),
          ]
        }),
    ]
  }
}
