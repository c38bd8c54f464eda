import Bytes
import Foundation
import TestSupport
import Testing
import Verification

@Suite("SARIF reports")
struct SARIFReportTests {
  private let hostile = "a\u{1B}[31m {0} [x](javascript:alert(1)) \u{202E}"

  private func report(_ layers: [LayerReport], model: String = "m.params") -> ModelReport {
    ModelReport(
      modelPath: model, tracePath: "traces/t.npz", modelDigest: "00", instructionSet: "baseline",
      layers: layers, requirements: Requirements())
  }

  private func layer(_ name: String, _ verdict: Verdict, ratio: Double = 0) -> LayerReport {
    var statistics = ErrorStatistics()
    statistics.elements = 4
    statistics.counts = [verdict: 4]
    statistics.maximumErrorToSigma = ratio
    return LayerReport(
      name: name, operatorName: "Convolution", isDeformable: false, verdict: verdict, statistics: statistics)
  }

  private func run(_ reports: [ModelReport]) throws -> JSONValue {
    let document = SARIFReport(reports, version: "1.2.3", root: "/w/repository").document
    #expect(document["version"] == "2.1.0")
    #expect(document["runs"]?.listValue?.count == 1)
    return try #require(document["runs"]?[0])
  }

  @Test("failing layers come first, the worst of all models before the others, and passing ones not at all")
  func order() throws {
    let run = try run([
      report([layer("a", .notJudged), layer("b", .suspect, ratio: 7), layer("c", .rounding)]),
      report([layer("d", .mismatch, ratio: 8), layer("e", .mismatch, ratio: 90)], model: "n.onnx"),
    ])
    let results = try #require(run["results"]?.listValue)
    let names = results.map { $0["locations"]?[0]?["logicalLocations"]?[0]?["name"]?.textValue }
    #expect(names == ["e", "d", "b", "a"])
    #expect(
      results.map { $0["ruleId"]?.textValue } == ["mismatch", "mismatch", "suspect", "not-judged"])
    #expect(results.map { $0["level"]?.textValue } == ["error", "error", "error", "note"])
    let rules = try #require(run["tool"]?["driver"]?["rules"]?.listValue)
    for result in results {
      let index = try #require(result["ruleIndex"]?.integerValue)
      #expect(rules[index]["id"] == result["ruleId"])
    }
  }

  @Test("a model without a judged layer is a finding of its own")
  func requirement() throws {
    let results = try #require(try run([report([layer("a", .notJudged)])])["results"]?.listValue)
    #expect(results.map { $0["ruleId"]?.textValue } == ["requirement", "not-judged"])
    #expect(results[0]["message"]?["text"] == "no layer could be judged")
    #expect(results[0]["locations"]?[0]?["logicalLocations"] == nil)
  }

  @Test("no more results are written than GitHub takes, and a notice says so")
  func limit() throws {
    let layers = (0..<25_010).map { layer("layer\($0)", $0 == 25_009 ? .mismatch : .notJudged) }
    let run = try run([report(layers)])
    #expect(run["results"]?.listValue?.count == 25_000)
    #expect(run["results"]?[0]?["ruleId"] == "mismatch")
    let notices = run["invocations"]?[0]?["toolExecutionNotifications"]?.listValue ?? []
    #expect(notices.count == 1)
    #expect(notices.first?["message"]?["text"]?.textValue?.contains("25010 findings") == true)
    let fewer = try self.run([report(Array(layers.prefix(5_001)))])
    #expect(
      fewer["invocations"]?[0]?["toolExecutionNotifications"]?[0]?["message"]?["text"]?.textValue?.contains(
        "shows the worst 5000") == true)
  }

  @Test("a finding has no more places than GitHub takes")
  func places() throws {
    let rule = SARIFReport.Rule(id: "r", level: .warning, title: "t", explanation: "e", help: "h")
    let finding = SARIFReport.Finding(
      ruleID: "r", message: "m", path: "p", elements: (0..<1_200).map { "node\($0)" })
    let run = SARIFReport(version: "1", rules: [rule], findings: [finding], root: "/").document["runs"]?[0]
    #expect(run?["results"]?[0]?["locations"]?.listValue?.count == 1_000)
    #expect(run?["invocations"]?[0]?["toolExecutionNotifications"]?.listValue?.count == 1)
  }

  @Test("names are neither control characters nor placeholders nor links")
  func escaping() throws {
    let run = try run([report([layer(hostile, .mismatch, ratio: 9)])])
    let text = try #require(run["results"]?[0]?["message"]?["text"]?.textValue)
    #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
    #expect(text.contains("{{0}}"))
    #expect(!text.contains("]("))
  }

  @Test("alerts of one file differ by layer, and keep their fingerprint when the numbers change")
  func fingerprints() throws {
    func prints(_ ratio: Double) throws -> [String?] {
      try run([report([layer("a", .mismatch, ratio: ratio), layer("b", .mismatch, ratio: ratio)])])[
        "results"]?.listValue?.map { $0["partialFingerprints"]?["primaryLocationLineHash"]?.textValue } ?? []
    }
    let first = try prints(8)
    #expect(first[0] != first[1])
    #expect(try prints(9) == first)
  }

  @Test(
    "files are named from the repository's root, and others by their whole path",
    arguments: [
      ("m.params", "m.params"), ("/w/repository/sub/m.params", "sub/m.params"),
      ("./a/../b c%.params", "b%20c%25.params"), ("../other/m.params", "file:///w/other/m.params"),
      ("/w/repository2/m", "file:///w/repository2/m"), ("ü.params", "%C3%BC.params"),
    ])
  func paths(path: String, uri: String) throws {
    let run = try run([report([layer("a", .mismatch)], model: path)])
    let place = run["results"]?[0]?["locations"]?[0]?["physicalLocation"]
    #expect(place?["artifactLocation"]?["uri"]?.textValue == uri)
    #expect(place?["region"]?["startLine"] == 1)
    #expect(
      run["results"]?[0]?["relatedLocations"]?[0]?["physicalLocation"]?["artifactLocation"]?["uri"]
        == "traces/t.npz")
  }
}
