internal import Bytes
internal import Toolkit

extension HTMLReport {
  /// The verdict, why, and how much of the model it speaks of.
  var opening: HTML {
    let coverage = report.coverage
    let elements = report.layers.reduce(0) { $0 + $1.statistics.elements }
    return """
      <div class="hero" data-result="\(report.passes ? "passes" : "fails")">
      <h1>\(report.modelPath.split(separator: "/").last.map(String.init) ?? "model")</h1>
      <p class="result"><strong>\(report.passes ? "Passes" : "Fails")</strong></p>
      <p class="sentence">\(sentence)</p>
      \(reasons)
      <dl class="figures">
      <div><dt>layers judged</dt><dd>\(coverage.judged) <small>of \(coverage.layers)</small></dd></div>
      \(coverage.deformable == 0 ? "" : deformable(coverage))
      <div><dt>largest error</dt><dd>\(largestError)</dd></div>
      <div><dt>numbers compared</dt><dd>\(Self.grouped(elements))</dd></div>
      </dl>
      \(composition)
      </div>
      """
  }

  private func deformable(_ coverage: Coverage) -> HTML {
    """
    <div><dt>deformable ones</dt><dd>\(coverage.deformableJudged) <small>of \(coverage.deformable)</small></dd></div>
    """
  }

  private var worst: LayerReport? {
    report.layers.filter { $0.verdict != .notJudged }.worstFirst.first
  }

  private var largestError: HTML {
    guard let worst else { return "–" }
    return "\(Self.ratio(worst.statistics)) <small>σ</small>"
  }

  private var sentence: HTML {
    guard let worst else { return "No layer could be judged." }
    let name: HTML = "<span class=\"name\">\(worst.title)</span>"
    let failing = report.layers.count { $0.verdict.isFailure }
    if failing > 0 {
      let isOne = failing == 1
      return """
        \(failing) of \(report.coverage.judged) judged layers \(isOne ? "is" : "are") not the computation that \
        the model says\(isOne ? "" : ", the worst of them"): \(name).
        """
    }
    switch worst.verdict {
    case .exact: return "Every judged number is that of the rerun in double precision, rounded once."
    case .rounding, .suspect, .mismatch, .notJudged:
      return """
        What every judged layer is off by, rounding explains. The largest error is \(Self.ratio(worst.statistics)) \
        standard deviations of a permitted 6, in \(name).
        """
    case .policy:
      return
        "Some layers are beyond rounding and within the tolerance that was asked for, the worst is \(name)."
    case .illConditioned:
      return """
        What every judged layer is off by, rounding explains, save where a decision fell the other way: elements \
        of \(name) sit on a discontinuity.
        """
    }
  }

  /// What the gate stops at beside the layers themselves.
  private var reasons: HTML {
    let sentences = report.layers.contains { $0.verdict.isFailure } ? report.gateFailures : report.failures
    let drift = runs.flatMap(\.failures)
    guard !sentences.isEmpty || !drift.isEmpty else { return "" }
    return "<ul class=\"reasons\">\((sentences + drift).map { "<li>\($0)</li>" as HTML })</ul>"
  }

  /// How many layers have each verdict, as one bar.
  private var composition: HTML {
    let total = report.layers.count
    guard total > 0 else { return "" }
    let counts = Verdict.allCases.map { verdict in
      (verdict, report.layers.count { $0.verdict == verdict })
    }.filter { $0.1 > 0 }
    let bars = counts.map { verdict, count -> HTML in
      "<span data-verdict=\"\(verdict.rawValue)\" style=\"flex-grow:\(count)\"></span>"
    }
    let keys = counts.map { verdict, count -> HTML in
      """
      <li data-verdict="\(verdict.rawValue)"><span class="verdict">\(verdict.rawValue)</span> \
      <b>\(count)</b></li>
      """
    }
    return """
      <figure class="composition"><div class="bars" aria-hidden="true">\(bars)</div>
      <figcaption><ul aria-label="Layers by verdict">\(keys)</ul></figcaption></figure>
      """
  }

  static func ratio(_ statistics: ErrorStatistics) -> String {
    (statistics.isUpperEstimate ? "≤ " : "") + number(statistics.maximumErrorToSigma)
  }

  static func number(_ value: Double) -> String { HTML.number(value, digits: 3) }
  static func grouped(_ count: Int) -> String { HTML.grouped(count) }
}
