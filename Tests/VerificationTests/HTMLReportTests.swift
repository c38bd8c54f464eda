import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Reports as pages")
struct HTMLReportTests {
  private let hostile = "a\"'><script>alert(1)</script><img src=x onerror=alert(2)>\u{1B}[31m\u{202E}&amp;"

  private func report(_ name: String, tracePath: String = "t.npz") -> ModelReport {
    var statistics = judgeElements(
      recorded: Tensor((0..<96).map { $0 == 70 ? Float(2) : 1 }, shape: [1, 4, 4, 6]),
      expected: Elements(Array(repeating: 1, count: 96)), bound: .elementwise(OneUnit()),
      precision: Precision(.fp32),
      spreads: true)
    statistics.outside = 1
    let layers = [
      LayerReport(
        name: name, operatorName: name, isDeformable: true, verdict: .mismatch, reason: name,
        statistics: statistics, diagnosis: "These are the numbers of \(name)."),
      LayerReport(
        name: "b", operatorName: "Convolution", isDeformable: false, verdict: .notJudged, reason: name),
      LayerReport(name: "c", operatorName: "Pooling", isDeformable: false, verdict: .exact),
    ]
    var report = ModelReport(
      modelPath: "folder/" + name.replacing("/", with: "∕"), tracePath: tracePath, modelDigest: "00",
      instructionSet: "baseline", layers: layers, requirements: Requirements())
    report.traceMetadata = ["framework": name, "precision": "fp32", name: name]
    report.problems = [name]
    return report
  }

  @Test("nothing in a name is markup, wherever the name stands")
  func escaping() throws {
    let page = HTMLReport(report(hostile), version: "1").written
    let plain = HTMLReport(report("plain"), version: "1").written
    for tag in ["<script", "<img", "<svg", "<tr", "<li", "<option", "<dd", "<h3"] {
      #expect(page.ranges(of: tag).count == plain.ranges(of: tag).count, "\(tag)")
    }
    #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}"))
    #expect(page.contains("&lt;script&gt;alert(1)"))
    #expect(!page.contains("onerror=alert(2)>") || page.contains("onerror=alert(2)&gt;"))
  }

  @Test("the same report is the same bytes, and asks nothing of any other place")
  func offline() {
    let page = HTMLReport(report("layer"), version: "1").written
    #expect(page == HTMLReport(report("layer"), version: "1").written)
    for address in ["http:", "https:", "//cdn", "url(", "@import", "src="] {
      #expect(!page.contains(address), "\(address)")
    }
    #expect(page.contains("default-src &#39;none&#39;;"))
  }

  @Test("the verdict, the cause, the failing layer's pictures and the environment are there to read")
  func content() {
    let page = HTMLReport(report("res5a"), version: "1.2.3").written
    #expect(page.contains("<strong>Fails</strong>"))
    #expect(page.contains("<p>These are the numbers of res5a.</p>"))
    #expect(page.contains("aria-label=\"Error map of res5a\""))
    #expect(page.contains("Beyond 6 σ: channel 2 of 4; row 3 of 4; column 4 of 6."))
    #expect(page.contains("instruction set baseline"))
    for id in ["diagnosis", "errors", "worst", "layers", "environment", "verdicts"] {
      #expect(page.contains("<section id=\"\(id)\" aria-labelledby=\"\(id)-title\">"), "\(id)")
      #expect(page.contains("<a href=\"#\(id)\">"), "\(id)")
    }
  }

  @Test("errors are counted by size, in bins with an edge at six standard deviations")
  func distribution() throws {
    let six = try #require(
      (0..<ErrorDistribution.binCount).first { ErrorDistribution.lowerEdge(of: $0) == 6 })
    let distribution = try #require(report("a").layers[0].statistics.distribution)
    #expect(distribution.bins.reduce(0, +) == 96)
    #expect(distribution.bins[0] == 95)
    #expect(distribution.bins[six...].reduce(0, +) == 1)
    #expect(distribution.quantile(0.5) == 0)
    let places = try #require(distribution.places)
    #expect(places.profiles.map(\.size) == [1, 4, 4, 6])
    #expect(places.map.indices.filter { places.map[$0] > 6 } == [3 * 6 + 4])
  }

  @Test("a long axis is shown in stretches, and a short rest is not left out")
  func stretches() throws {
    let count = 1_000
    let statistics = judgeElements(
      recorded: Tensor((0..<count).map { $0 == count - 1 ? Float(2) : 1 }, shape: [count]),
      expected: Elements(Array(repeating: 1, count: count)), bound: .elementwise(OneUnit()),
      precision: Precision(.fp32),
      spreads: true)
    let profile = try #require(statistics.distribution?.places?.profiles.first)
    #expect(profile.stretch == 16)
    #expect(profile.worst.count == 63)
    #expect(profile.worst.last.map { $0 > 6 } == true)
    #expect(statistics.distribution?.places?.map == [])
  }
}

/// Each element may be off by one rounding.
private struct OneUnit: ElementBound {
  func error(of element: Int) -> (sigma: Double, hard: Double) { (1, 4) }
}
