internal import Bytes
internal import Toolkit

/// A report as a page that people read: the verdict, the cause in words, where the errors are, and every layer.
package struct HTMLReport: Sendable {
  /// How many of the worst layers have pictures of their errors; `TraceVerifier.Options.shownLayers` takes it.
  package static let shownLayers = 12

  let report: ModelReport
  let runs: [EndToEndReport]
  /// The program's own.
  let version: String

  /// - Parameter runs: how each run drifts from its inputs on; empty where that was not asked for.
  package init(_ report: ModelReport, endToEnd runs: [EndToEndReport] = [], version: String) {
    self.report = report
    self.runs = runs
    self.version = version
  }

  /// The whole document; the same report is the same bytes.
  package var written: String {
    let failing = report.layers.filter { $0.verdict.isFailure }
    var sections: [Page.Section] = []
    if !failing.isEmpty { sections.append(diagnosis(failing)) }
    sections.append(
      Page.Section(
        id: "errors", title: "Errors, layer by layer",
        lead:
          "Each layer was rerun in double precision on its own recorded inputs. A mark is its largest error in "
          + "standard deviations (σ) of the rounding to expect; the line below it starts at the median.",
        body: ErrorPlot(report.layers).figure))
    if let worst = worstLayers { sections.append(worst) }
    for (place, run) in runs.enumerated() {
      sections.append(EndToEndSection(run, number: runs.count > 1 ? place : nil).section)
    }
    sections += [layers, environment, verdicts]
    return Page(
      kind: "Parity report", subject: subject, opening: opening, sections: sections,
      colophon: "Written by dcnconv \(version).", style: PackageResources.report_css,
      script: PackageResources.report_js
    ).written
  }

  /// The model's file without its folders.
  private var subject: String { report.modelPath.split(separator: "/").last.map(String.init) ?? "model" }

  /// The layers whose errors are shown in pictures, where they were gathered.
  private var worstLayers: Page.Section? {
    let shown = report.layers.enumerated().filter { $0.element.statistics.distribution?.places != nil }
      .sorted { $0.element.isWorse(than: $1.element) }
    // Where all is well a few are enough to see what that looks like.
    let wanted = report.layers.contains { $0.verdict.isFailure } ? shown[...] : shown.prefix(4)
    guard !wanted.isEmpty else { return nil }
    return Page.Section(
      id: "worst", title: wanted.count == 1 ? "The worst layer" : "The \(wanted.count) worst layers",
      lead:
        "Where in the map and in which channels the errors are, each cell and each bar the worst of all that "
        + "it stands for.",
      body:
        "\(ErrorScale.legend)<div class=\"cards\">\(wanted.map { LayerCard($1, number: $0).article })</div>")
  }

  private func diagnosis(_ failing: [LayerReport]) -> Page.Section {
    var causes: [(sentence: String, layers: [LayerReport])] = []
    for layer in failing.worstFirst {
      let sentence = layer.diagnosis ?? ""
      if let place = causes.firstIndex(where: { $0.sentence == sentence }) {
        causes[place].layers.append(layer)
      } else {
        causes.append((sentence, [layer]))
      }
    }
    // What has a name first.
    let ordered = causes.filter { !$0.sentence.isEmpty } + causes.filter { $0.sentence.isEmpty }
    return Page.Section(
      id: "diagnosis", title: "Diagnosis",
      body: "<ol class=\"causes\">\(ordered.map { cause($0.sentence, $0.layers) })</ol>")
  }

  private func cause(_ sentence: String, _ layers: [LayerReport]) -> HTML {
    let places = report.layers.enumerated().filter { $0.element.verdict.isFailure }
    let links = layers.prefix(24).map { layer -> HTML in
      let place = places.first { $0.element.name == layer.name && $0.element.gradient == layer.gradient }
      return "<li><a class=\"name\" href=\"#l\(place?.offset ?? 0)\">\(layer.title)</a></li>"
    }
    let rest = layers.count > 24 ? "<li>and \(layers.count - 24) more</li>" as HTML : ""
    let words: HTML =
      sentence.isEmpty
      ? """
      <p class="quiet">No dialect or known bug of \(layers.count == 1 ? "this layer" : "these layers") gives \
      these numbers: \(layers.count == 1 ? "it" : "they") may have run with other weights or other inputs.</p>
      """ : "<p>\(sentence)</p>"
    return "<li>\(words)<ul class=\"names\">\(links)\(rest)</ul></li>"
  }
}
