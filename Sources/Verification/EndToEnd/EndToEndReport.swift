/// How a recorded run drifts from a rerun that starts at the graph's inputs alone.
package struct EndToEndReport: Sendable {
  /// One recorded value.
  package struct Layer: Sendable {
    /// The name under which the trace holds the value.
    package let name: String
    package let operatorName: String
    /// ‖recorded − fp64 rerun‖₂ over ‖fp64 rerun‖₂; infinite where one side is not finite and the other differs.
    package let relativeError: Double
    /// The same of our own fp32 rerun: what rounding alone makes of this network up to here.
    package let ownRelativeError: Double
    /// The largest |recorded − fp64 rerun|.
    package let maximumError: Double
    /// Relative error over what the producer's arithmetic would make of our own; beyond `limit` it diverges.
    package let ratio: Double
    /// Why it could not be compared, or how its shape differs; empty where the numbers say all.
    package let reason: String

    package var diverges: Bool { ratio > EndToEndReport.limit }
  }

  /// Honest runs stay within a few times of each other's error; a fault of a layer is beyond this.
  package static let limit = 16.0

  /// Where the run's datasets are in the trace: `` or `runs/<k>/`.
  package let run: String
  /// Recorded values in the graph's order; what could not be rerun is not among them.
  package let layers: [Layer]
  /// Recorded values that could not be rerun, with the reason.
  package let gaps: [(name: String, reason: String)]
  /// What the network's recipe makes of both; nil where the model has none or its outputs were not recorded.
  package let detections: DetectionComparison?

  package var firstDivergence: Layer? { layers.first { $0.diverges } }

  package var failures: [String] {
    var failures: [String] = []
    if let first = firstDivergence {
      failures.append("the run first diverges at \(first.name) (\(first.operatorName))")
    }
    if layers.isEmpty { failures.append("no recorded value could be rerun from the inputs") }
    let unexplained = detections?.unmatched.count { !$0.isExplained } ?? 0
    if unexplained > 0 { failures.append("\(unexplained) detections differ, and no margin explains it") }
    return failures
  }
}
