import Bytes
import Testing
import Verification

@Suite("Reports")
struct ReportTests {
  @Test(
    "numbers keep their significant digits and nothing else",
    arguments: [
      (0.0, "0"), (1, "1"), (1234.5678, "1230"), (0.00099951, "0.001"), (9.999, "10"), (-0.012345, "-0.0123"),
      (1.2345e-9, "1.23e-9"), (123_456_789, "1.23e8"), (0.5, "0.5"), (99999, "100000"), (2.0e-7, "2e-7"),
    ] as [(Double, String)])
  func significant(value: Double, text: String) {
    #expect(ReportText.significant(value, 3) == text)
  }

  private var report: ModelReport {
    let hostile = "a\u{1B}[31m</testcase>\n::error::x|`%0A@y,\"'&"
    var statistics = ErrorStatistics()
    statistics.elements = 4
    statistics.outside = 4
    statistics.counts = [.mismatch: 4]
    let layers = (0..<15).map { index in
      LayerReport(
        name: "\(hostile)\(index)", operatorName: "Convolution", isDeformable: false, verdict: .mismatch,
        statistics: statistics)
    }
    return ModelReport(
      modelPath: hostile, modelDigest: "00", instructionSet: "baseline", layers: layers,
      requirements: Requirements())
  }

  @Test("a name can neither end a workflow command nor begin one, and at most ten annotations are made")
  func annotations() {
    let lines = GitHubReport.annotations([report]).split(separator: "\n")
    #expect(lines.count == 10)
    for line in lines {
      #expect(line.hasPrefix("::error title="))
      #expect(!line.contains("\u{1B}"))
      #expect(line.dropFirst(2).split(separator: "::").count <= 4)
    }
    #expect(lines.last?.contains("6 more layers fail") == true)
  }

  @Test("a name is no markup in JUnit and in the step summary")
  func markup() {
    let xml = JUnitReport.text([report])
    #expect(xml.components("</testcase>") == 15)
    #expect(!xml.contains("\u{1B}"))
    #expect(xml.contains("failures=\"15\""))
    let summary = GitHubReport.summary(report)
    #expect(!summary.contains("</testcase>"))
    #expect(summary.split(separator: "\n").count { $0.hasPrefix("| ") } == 16)
  }

  @Test("every report shows the diagnosis")
  func diagnosis() throws {
    let sentence = "These are the numbers of offsets read as x before y: give each tap's offsets as y, x."
    var statistics = ErrorStatistics()
    statistics.elements = 1
    let layer = LayerReport(
      name: "res5a", operatorName: "DeformableConvolution", isDeformable: true, verdict: .mismatch,
      statistics: statistics, diagnosis: sentence)
    let report = ModelReport(
      modelPath: "m", modelDigest: "00", instructionSet: "baseline", layers: [layer],
      requirements: Requirements())
    let document = JSONReport.document(report)
    #expect(document["layers"]?[0]?["diagnosis"]?.textValue == sentence)
    let escaped = sentence.replacing("'", with: "&apos;")
    #expect(JUnitReport.text([report]).contains(escaped))
    #expect(GitHubReport.annotations([report]).contains(sentence))
    #expect(GitHubReport.summary(report).contains(sentence))
    #expect(ReportText.summary(layer).contains(sentence))
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
