import Bytes
import Foundation
import Graphs
import Operators
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

/// What programs made of recorded graphs (Fixtures/record/lint_consumers.py).
struct ConsumerOutcome: Sendable, CustomTestStringConvertible {
  /// `ort@1.24.4`.
  let consumer: String
  /// Graphs that were refused or computed otherwise.
  let failures: Set<String>
  var testDescription: String { consumer }

  static let all: [ConsumerOutcome] = {
    let path = Repository.fixtures.appending(path: "lint/consumers.json").path
    guard let file = try? MappedFile(path: path), let known = try? JSONValue(parsing: file.bytes, file: path)
    else { return [] }
    return (known.objectValue?.members ?? []).map { member in
      let lists = ["refused", "differs"].flatMap { member.value[$0]?.listValue ?? [] }
      return ConsumerOutcome(consumer: member.key, failures: Set(lists.compactMap(\.textValue)))
    }
  }()

  /// Graphs of which the recording says something else than the rules ought to.
  var exceptions: Set<String> {
    if consumer.hasPrefix("openvino") {
      // The node is gone, and the names of its values; products do not wrap around.
      return failures.filter { $0.hasPrefix("Dropout-") }.union(["MatMul-13-wide"])
    }
    // The reader has made one bound of two that are the wrong way round.
    return consumer.hasPrefix("opencv") ? failures.filter { $0.contains("reversed") } : []
  }
}

@Suite("Rules of lint")
struct LintRuleTests {
  private static let graphs: [RecordedGraph] =
    RecordedGraph.all(.operators) + RecordedGraph.all(.rare)
    + RecordedGraph.all(
      try? RecordedGraphs(Repository.fixtures.appending(path: "lint/forms.npz").path))

  private static func subject(_ graph: RecordedGraph) throws -> LintSubject {
    let model = try graph.graphs.model(graph.name)
    let inference = try GraphInference(model)
    var inferred = model
    inferred.graph = inference.graph
    let types = model.graph.values.indices.map { (Graph.ValueID(index: $0), inference.types[$0]) }
    return LintSubject(inferred, types: Dictionary(uniqueKeysWithValues: types))
  }

  @Test("outcomes of three programs are there")
  func complete() {
    let consumers = ConsumerOutcome.all.map(\.consumer)
    for name in ["ort@1.24", "ort@1.25", "ort@1.31", "openvino@", "opencv@"] {
      #expect(consumers.contains { $0.hasPrefix(name) }, "\(name) of \(consumers)")
    }
    #expect(Self.graphs.count == 836)
  }

  @Test(
    "an error is found in every graph that the program refused or computed otherwise, and in no other",
    arguments: ConsumerOutcome.all)
  func outcomes(_ outcome: ConsumerOutcome) throws {
    let target = try LintTarget(outcome.consumer)
    var found: Set<String> = []
    for graph in Self.graphs where LintReport(try Self.subject(graph), path: "", for: target).hasErrors {
      found.insert(graph.name)
    }
    #expect(outcome.failures.subtracting(found).subtracting(outcome.exceptions) == [], "missed")
    #expect(found.subtracting(outcome.failures) == [], "false alarms")
  }

  @Test(
    "rules have names of their own, and say where they come from",
    arguments: LintTarget.consumers.map { $0.name })
  func table(_ name: String) throws {
    let rules = try LintTarget(name).rules
    #expect(Set(rules.map(\.id)).count == rules.count)
    for rule in rules {
      #expect(!rule.title.hasSuffix(".") && !rule.remedy.isEmpty && !rule.source.isEmpty, "\(rule.id)")
    }
  }

  @Test("who is unknown, or a version of which nothing is known, is refused")
  func unknown() {
    for text in ["", "nobody", "ort@", "ort@1.23", "ort@2", "ort@x", "opencv@4.10", "ort@1.24@1"] {
      #expect(throws: ToolkitError.self, "\(text)") { try LintTarget(text) }
    }
  }

  @Test(
    "two layers of equal shapes that differ in the border are found, and layers that differ in shape are not")
  func sharedExecutor() throws {
    func report(_ sizes: [Int]) throws -> LintReport {
      var graph = Graph()
      for (index, size) in sizes.enumerated() {
        let kernel = ConvolutionGeometry(
          kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1])
        let inputs = [[1, 2, size, size], [1, 18, size, size], [3, 2, 3, 3]].enumerated().map {
          place, shape in
          graph.addVariable("x\(index)\(place)", type: ValueType(.float32, PartialShape(shape)))
        }
        graph.addNode(
          "d\(index)",
          DeformableConvolution(
            geometry: kernel, filters: 3, hasBias: false, hasMask: false, border: index == 0 ? .closed : .zero
          ),
          inputs: inputs, outputNames: ["y\(index)"])
      }
      let model = Model(graph: graph, provenance: Provenance())
      return LintReport(LintSubject(model, types: [:]), path: "", for: try LintTarget("openvino"))
    }
    #expect(try report([7, 7]).findings.contains { $0.rule.id == "shared-executor" })
    #expect(try !report([7, 8]).findings.contains { $0.rule.id == "shared-executor" })
  }
}
