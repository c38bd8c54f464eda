internal import Bytes
internal import Operators
internal import Toolkit

extension HTMLReport {
  /// The table of all layers, and what searches it.
  var layers: Page.Section {
    Page.Section(
      id: "layers", title: "All layers",
      lead:
        "In the graph's order. Heads sort; errors are given absolutely, in σ, in hard bounds and in units of the "
        + "last place (ULP).",
      body: """
        \(tools)
        <div class="scroller" tabindex="0" role="region" aria-labelledby="layers-title">
        <table id="layer-table" data-sorts>
        <thead><tr>\(heads)</tr></thead>
        <tbody>
        \(report.layers.enumerated().map { row($0.offset, $0.element) })
        </tbody>
        </table>
        </div>
        """)
  }

  private var tools: HTML {
    let verdicts = Verdict.allCases.filter { verdict in report.layers.contains { $0.verdict == verdict } }
    let operators = Set(report.layers.map(\.operatorName)).sorted()
    func option(_ text: String) -> HTML { "<option value=\"\(text)\">\(text)</option>" }
    return """
      <form class="tools" data-filters="layer-table" role="search" hidden>
      <label>Search <input type="search" autocomplete="off" spellcheck="false"></label>
      <label>Verdict <select name="verdict"><option value="">all</option>\
      \(verdicts.map { option($0.rawValue) })</select></label>
      <label>Operator <select name="operator"><option value="">all</option>\(operators.map(option))</select></label>
      <label>Kind <select name="kind"><option value="">all</option><option>deformable</option></select></label>
      <output aria-live="polite"></output>
      </form>
      """
  }

  private var heads: HTML {
    let columns: [(title: String, isNumber: Bool)] = [
      ("#", true), ("layer", false), ("operator", false), ("verdict", false), ("largest error", true),
      ("in σ", true), ("in bounds", true), ("beyond 6 σ", true), ("ULP", true),
    ]
    return HTML.joined(
      columns.map { title, isNumber in
        """
        <th scope="col"\(isNumber && title != "#" ? " class=\"num\" data-first=\"descending\"" as HTML : "")\
        \(title == "#" ? " class=\"num\" aria-sort=\"ascending\"" as HTML : "")>\
        <button type="button">\(title)</button></th>
        """
      })
  }

  private func row(_ place: Int, _ layer: LayerReport) -> HTML {
    """
    <tr id="l\(place)" data-verdict="\(layer.verdict.rawValue)" data-operator="\(layer.operatorName)" \
    data-kind="\(layer.isDeformable ? "deformable" : "plain")"><td class="num quiet" data-v="\(place)">\(place)</td>\
    <th scope="row"><span class="name">\(layer.title)</span>\(said(layer))</th><td>\(layer.operatorName)</td>\
    <td><span class="verdict">\(layer.verdict.rawValue)</span></td>\(numbers(layer))</tr>

    """
  }

  private func numbers(_ layer: LayerReport) -> HTML {
    let statistics = layer.statistics
    guard layer.verdict != .notJudged, statistics.elements > 0 else {
      return HTML.joined((0..<5).map { _ in "<td class=\"num quiet\" data-v=\"NaN\">–</td>" })
    }
    func cell(_ value: Double, _ text: String) -> HTML {
      "<td class=\"num\" data-v=\"\(value.isFinite ? "\(value)" : "Infinity")\">\(text)</td>"
    }
    let bounds = statistics.maximumErrorToBound
    return """
      \(cell(statistics.maximumError, Self.number(statistics.maximumError)))\
      \(cell(statistics.maximumErrorToSigma, Self.ratio(statistics)))\
      \(cell(bounds, bounds == 0 ? "–" : Self.number(bounds)))\
      \(cell(Double(statistics.outside), outside(statistics)))\
      \(cell(statistics.maximumUlp, Self.number(statistics.maximumUlp)))
      """
  }

  private func outside(_ statistics: ErrorStatistics) -> String {
    statistics.outside == 0
      ? "0" : "\(Self.grouped(statistics.outside)) of \(Self.grouped(statistics.elements))"
  }

  private func said(_ layer: LayerReport) -> HTML {
    var parts: [HTML] = []
    if !layer.reason.isEmpty { parts.append("\(layer.reason)") }
    if let decisions = layer.decisions, layer.reason != decisions.closest {
      parts.append("\(ReportText.summary(decisions))")
    }
    if let diagnosis = layer.diagnosis { parts.append("\(diagnosis)") }
    if !layer.segment.isEmpty {
      parts.append("Rerun together with \(layer.segment.joined(separator: ", ")), which were not recorded.")
    }
    return parts.isEmpty ? "" : "<span class=\"said\">\(HTML.joined(parts, separator: "<br>"))</span>"
  }

  /// What ran where, on both sides.
  var environment: Page.Section {
    var facts: [(String, HTML)] = [
      ("Model", "\(report.modelPath)"),
      ("SHA-256", "<code>\(report.modelDigest)</code>"),
    ]
    if let path = report.tracePath { facts.append(("Trace", "\(path)")) }
    let metadata = report.traceMetadata
    let producer = ["framework", "version"].compactMap { metadata[$0] }.joined(separator: " ")
    facts.append(("Recorded with", producer.isEmpty ? "not said by the trace" : "\(producer)"))
    facts.append(
      ("Precision", metadata["precision"].map { "\($0)" } ?? "not said by the trace, taken as fp32"))
    for key in metadata.keys.sorted() where !["framework", "version", "precision"].contains(key) {
      facts.append((Self.titles[key] ?? key, "\(metadata[key] ?? "")"))
    }
    facts.append(("Rerun by", "dcnconv \(version) in fp64, instruction set \(report.instructionSet)"))
    return Page.Section(
      id: "environment", title: "Environment",
      body: "<dl class=\"facts\">\(facts.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" as HTML })</dl>")
  }

  private static let titles = [
    "device": "Device", "flushToZero": "Flushes denormals", "coordinates": "Coordinates",
    "network": "Network",
    "seed": "Seed",
  ]

  /// What the words mean.
  var verdicts: Page.Section {
    let meanings: [(Verdict, String)] = [
      (.exact, "Equals the double-precision result rounded once to the recorded type."),
      (.rounding, "Within six standard deviations (6 σ) of the rounding error to expect of this very sum."),
      (.policy, "Beyond, but inside a tolerance that was asked for by name."),
      (.illConditioned, "Sits on a discontinuity, and equals what its other side gives."),
      (.notJudged, "Nothing was recorded to judge by, or no bound is known."),
      (.suspect, "Not to be expected of an honest evaluation, yet rounding is not excluded."),
      (.mismatch, "Beyond the hard bound of what rounding can do: proof that it is not this computation."),
    ]
    return Page.Section(
      id: "verdicts", title: "The verdicts",
      lead: "A layer is as bad as its worst number, a model as its worst layer.",
      body: """
        <dl class="facts">\(meanings.map { verdict, text in
          "<dt data-verdict=\"\(verdict.rawValue)\"><span class=\"verdict\">\(verdict.rawValue)</span></dt><dd>\(text)</dd>"
            as HTML
        })</dl>
        """)
  }
}
