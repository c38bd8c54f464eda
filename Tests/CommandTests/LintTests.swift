import Bytes
import Foundation
import TestSupport
import Testing

@Suite("The command lint")
struct LintTests {
  private func json(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8).span.bytes, file: "standard output")
  }

  @Test("an MXNet model has to be exported first, and its own operators are named, with exit status 1")
  func mxnet() throws {
    let result = try Command.run("lint", Command.checkpoint, "--for", "ort@1.25,openvino", "--json")
    #expect(result.status == 1, "\(result.errors)")
    let document = try json(result.output)
    #expect(document["schema"]?.textValue == "dcnconv-lint/1")
    let consumers = document["consumers"]?.listValue ?? []
    #expect(consumers.compactMap { $0["consumer"]?.textValue } == ["ort", "openvino"])
    for consumer in consumers {
      let rules = Set((consumer["findings"]?.listValue ?? []).compactMap { $0["rule"]?.textValue })
      #expect(rules.isSuperset(of: ["not-onnx", "no-onnx-operator", "closed-border"]), "\(rules)")
    }
    let people = try Command.run("lint", Command.checkpoint, "--for", "ort@1.24")
    #expect(people.status == 1)
    #expect(people.output.contains("there is no kernel of DeformConv"))
  }

  @Test("findings are written as SARIF, with the consumer before a rule's name")
  func sarif() throws {
    let scratch = try Scratch()
    let file = scratch.path("lint.sarif")
    let result = try Command.run(
      "lint", Command.checkpoint, "--for", "ncnn", "--for", "opencv", "--sarif", file)
    #expect(result.status == 1)
    let document = try json(String(contentsOfFile: file, encoding: .utf8))
    let run = try #require(document["runs"]?.listValue?.first)
    let ids = Set((run["results"]?.listValue ?? []).compactMap { $0["ruleId"]?.textValue })
    #expect(
      ids.isSuperset(of: ["ncnn/deform-conv", "opencv/deform-conv", "ncnn/deformable-regions"]), "\(ids)")
  }

  @Test("a consumer that nobody knows is a mistake of usage")
  func unknown() throws {
    let result = try Command.run("lint", Command.checkpoint, "--for", "ort@0.1")
    #expect(result.status == 2)
    #expect(result.errors.contains("1.24 to 1.31"))
  }
}
