internal import Toolkit

/// How a recorded run drifts from a rerun that starts at the graph's inputs, as a curve, and what it detects.
struct EndToEndSection {
  private let report: EndToEndReport
  /// Which of several runs it is; nil where there is one.
  private let number: Int?

  private static let (width, left, right, top, bottom) = (1120.0, 62.0, 1106.0, 24.0, 250.0)

  init(_ report: EndToEndReport, number: Int?) {
    self.report = report
    self.number = number
  }

  var section: Page.Section {
    Page.Section(
      id: "end-to-end" + (number.map { "-\($0)" } ?? ""),
      title: "From the inputs alone" + (number.map { ", run \($0)" } ?? ""),
      lead:
        "The network rerun whole, in double precision and in single: what the second drifts from the first is "
        + "what rounding makes of this network.",
      body: "\(divergence)\(curve)\(detections)\(gaps)")
  }

  private var divergence: HTML {
    guard let first = report.firstDivergence else {
      return report.failures.isEmpty && !report.layers.isEmpty
        ? "<p>The recording follows the rerun as closely as rounding allows, in all \(report.layers.count) values.</p>"
        : "<ul class=\"reasons\">\(report.failures.map { "<li>\($0)</li>" as HTML })</ul>"
    }
    let why: HTML =
      first.reason.isEmpty
      ? "its error is \(HTMLReport.number(first.ratio)) times what rounding makes of the network up to there"
      : "\(first.reason)"
    return """
      <p>The recording first leaves the rerun at <span class="name">\(first.name)</span> (\(first.operatorName)): \
      \(why).</p>
      """
  }

  private var powers: (low: Int, high: Int) {
    let errors = report.layers.flatMap { [$0.relativeError, $0.ownRelativeError] }
      .filter { $0.isFinite && $0 > 0 }.map(ErrorScale.logarithm)
    let low = Int((errors.min() ?? -8).rounded(.down))
    return (max(low, -12), max(Int((errors.max() ?? 0).rounded(.up)), max(low, -12) + 1))
  }

  private var curve: HTML {
    let layers = report.layers
    guard layers.count > 1 else { return "" }
    let (low, high) = powers
    func x(_ place: Int) -> Double {
      Self.left + Double(place) * (Self.right - Self.left) / Double(layers.count - 1)
    }
    func y(_ error: Double) -> Double {
      Self.bottom
        - ErrorScale.height(of: error, from: ErrorScale.power(low), to: ErrorScale.power(high))
        * (Self.bottom - Self.top)
    }
    func line(_ error: (EndToEndReport.Layer) -> Double) -> HTML {
      HTML.joined(
        layers.enumerated().map { place, layer in
          "\(place == 0 ? "M" : "L")\(x(place)) \(y(error(layer)))" as HTML
        })
    }
    let step = max(1, (high - low) / 6)
    let grid = stride(from: low, through: high, by: step).map { power -> HTML in
      let y = y(ErrorScale.power(power))
      return """
        <path class="axis" d="M\(Self.left) \(y)H\(Self.right)"/><text x="\(Self.left - 10)" y="\(y + 4)" \
        text-anchor="end">\(ErrorScale.label(power))</text>
        """
    }
    let first = layers.firstIndex(where: \.diverges).map { place -> HTML in
      """
      <path class="limit" d="M\(x(place)) \(Self.top)V\(Self.bottom)"/><text class="limit" \
      x="\(x(place) + (place > layers.count / 2 ? -6 : 6))" y="\(Self.top + 4)" \
      text-anchor="\(place > layers.count / 2 ? "end" : "start")">first divergence</text>
      """
    }
    return """
      <figure class="plot"><div class="stage"><svg viewBox="0 0 \(Self.width) 290" role="img" \
      aria-label="Relative error of the recording and of our own single-precision run, layer by layer">
      \(grid)<text x="\(Self.left - 48)" y="12">relative error</text>
      <text x="\(Self.right)" y="276" text-anchor="end">value, in the graph’s order</text>
      <path class="own" d="\(line(\.ownRelativeError))"/><path class="recorded" d="\(line(\.relativeError))"/>\
      \(first ?? "")</svg></div>
      <figcaption><ul class="key"><li><span class="recordedkey"></span>the recording</li>\
      <li><span class="ownkey"></span>our own run in single precision</li></ul></figcaption></figure>
      """
  }

  private var detections: HTML {
    guard let comparison = report.detections else { return "" }
    let sentence: HTML = """
      <p>\(comparison.matchedCount) detections match, their scores within \
      \(HTMLReport.number(comparison.scoreDifference)) and their corners within \
      \(HTMLReport.number(comparison.cornerDifference)) px\(comparison.unmatched.isEmpty ? "." : "; others do not:")</p>
      """
    guard !comparison.unmatched.isEmpty else { return sentence }
    let rows = comparison.unmatched.map { one -> HTML in
      let corners = one.detection.box.corners.map { ReportText.significant($0, 4) }.joined(separator: ", ")
      return """
        <tr><td>\(one.isRecorded ? "the recording" : "the rerun")</td><th scope="row">\(one.detection.className)</th>\
        <td class="num">\(ReportText.significant(one.detection.score, 4))</td><td class="num">\(corners)</td>\
        <td>\(one.decision), by \(HTMLReport.number(one.margin))</td>\
        <td>\(one.isExplained ? "yes" : "no")</td></tr>
        """
    }
    return """
      \(sentence)<div class="scroller" tabindex="0" role="region" aria-label="Detections of one run alone"><table>
      <thead><tr><th scope="col">only in</th><th scope="col">class</th><th scope="col" class="num">score</th>\
      <th scope="col" class="num">box</th><th scope="col">nearest decision</th>\
      <th scope="col">explained by rounding</th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }

  private var gaps: HTML {
    guard !report.gaps.isEmpty else { return "" }
    return """
      <details><summary>\(report.gaps.count) recorded values could not be rerun</summary><ul>\
      \(report.gaps.map { "<li><span class=\"name\">\($0.name)</span>: \($0.reason)</li>" as HTML })</ul></details>
      """
  }
}
