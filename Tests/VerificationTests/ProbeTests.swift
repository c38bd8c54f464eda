import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Probes")
struct ProbeTests {
  /// Arrays as a probe's inputs.npz holds them.
  private static func inputs(of cases: [ProbeCase]) -> MemorySource {
    var source = MemorySource()
    for one in cases {
      for (index, tensor) in one.inputs.enumerated() { source.tensors[one.arrayName(index)] = tensor }
    }
    return source
  }

  private static func judged(_ cases: [ProbeCase], _ answers: some TensorSource) throws -> [ProbeFinding] {
    try ProbeJudge(Probe.graph(of: cases), inputs: inputs(of: cases), answers: answers).judge()
  }

  private static func source(_ tensors: [String: Tensor]) -> MemorySource {
    var source = MemorySource()
    source.tensors = tensors
    return source
  }

  /// The largest power of two that a number is a multiple of.
  private static func grid(_ number: Double) -> Double {
    let zeros = min(52, number.significandBitPattern.trailingZeroBitCount)
    return number.ulp * Double(1 << zeros)
  }

  private static func isDefined(_ one: ProbeCase) -> Bool {
    one.inputs.allSatisfy { !$0.converted(to: Float.self).contains { $0.isNaN } }
  }

  @Test("every framework's probe asks every operator that it has", arguments: ProbeTarget.allCases)
  func catalogue(target: ProbeTarget) {
    let probe = Probe(ofOperator: nil, for: target)
    #expect(Set(probe.cases.map(\.name)).count == probe.cases.count)
    let operators = Set(probe.cases.map(\.operation.name))
    #expect(operators.isSuperset(of: ["DeformableConvolution", "ROIPooling", "Convolution"]))
    #expect(probe.cases.contains { $0.model == "pair" } == (target == .openvino))
  }

  @Test("no order of summation rounds anything", arguments: ProbeTarget.allCases)
  func exact(target: ProbeTarget) throws {
    var sums = 0
    for one in Probe(ofOperator: nil, for: target).cases where Self.isDefined(one) {
      let double = try one.operation.evaluate(one.inputs, as: Double.self)[0]
      let float = try one.operation.evaluate(one.inputs, as: Float.self)[0]
      let reference = double.converted(to: Double.self)
      #expect(float.converted(to: Float.self) == reference.map(Float.init), "\(one.name)")
      let bound = one.operation.errorBound(
        BoundOperands(inputs: one.inputs, outputShape: double.shape, reference: Elements(reference)))
      guard case .sums(let terms) = bound else { continue }
      for element in reference.indices {
        var list = SumTerms()
        terms.list(element, into: &list)
        let products = list.products + (list.bias.map { [$0] } ?? [])
        // The coarsest power of two that all products are multiples of.
        let grid = products.filter { $0 != 0 }.map(Self.grid).min() ?? 1
        let largest = products.reduce(0) { $0 + abs($1) }
        #expect(largest < grid * 0x1p24, "\(one.name)[\(element)]: \(largest) on a grid of \(grid)")
        sums += 1
      }
    }
    #expect(sums > 1000)
  }

  @Test("the declared answers are the same bits, an alternative's are named", arguments: ProbeTarget.allCases)
  func named(target: ProbeTarget) throws {
    let cases = Probe(ofOperator: nil, for: target).cases.filter(Self.isDefined)
    var (planted, found) = (0, 0)
    for one in cases {
      for answer in one.expectedAnswers {
        let findings = try Self.judged([one], Self.source([one.name: answer.tensor]))
        guard let cause = answer.cause else {
          #expect(findings.map(\.outcome) == [.same], "\(one.name)")
          continue
        }
        planted += 1
        guard case .named(let causes) = findings[0].outcome else {
          Issue.record("\(one.name): '\(cause)' is \(findings[0].outcome)")
          continue
        }
        if causes.contains(where: { $0.cause == cause }) {
          found += 1
        } else if causes.count < 4 {
          Issue.record("\(one.name): '\(cause)' is called \(causes.map(\.cause))")
        }
      }
    }
    print("\(target.rawValue): \(cases.count) cases, \(planted) alternatives with other bits, \(found) named")
    #expect(planted > 30)
  }

  @Test("the border rules, the orders of offsets and the arithmetic of positions have bits of their own")
  func dialects() throws {
    let cases = Probe(ofOperator: "DeformableConvolution", for: .mxnet).cases
    func causes(_ name: String) throws -> [String] {
      try #require(cases.first { $0.name == name }).expectedAnswers.compactMap(\.cause)
    }
    #expect(try causes("v1").contains { $0.hasPrefix("the zero border") })
    #expect(try causes("v1").contains { $0.hasPrefix("offsets read as x before y") })
    #expect(try causes("v1_positions").contains { $0.hasPrefix("positions relative") })
    #expect(try causes("v1_positions").contains { $0.hasPrefix("positions stored in half") })
    #expect(try causes("v1_groups").contains { $0.hasPrefix("deformable groups that start again") })
  }

  @Test("a missing answer is a refusal with its reason, numbers of nobody are told with their place")
  func refused() throws {
    let one = try #require(Probe(ofOperator: "Convolution", for: .torch).cases.first)
    let refused = MemorySource(metadata: ["refused.convolution": "no kernel"])
    #expect(try Self.judged([one], refused).map(\.outcome) == [.refused("no kernel")])
    let odd = try one.operation.evaluate(one.inputs, as: Float.self)[0].map { $0 == 0 ? 0.25 : $0 * $0 }
    let finding = try Self.judged([one], Self.source([one.name: odd]))[0]
    guard case .unnamed(let differing, _, let first) = finding.outcome else {
      Issue.record("\(finding.outcome)")
      return
    }
    #expect(differing > 0)
    #expect(first.hasPrefix("at ["))
    #expect(finding.isFailure)
  }

  @Test("a model's probe has each of its configurations once")
  func ofModel() throws {
    let layer = PlantedLayers.closed[1]
    var model = Model(provenance: Provenance())
    let inputs = layer.operation.inputs.map { model.graph.addVariable($0.name) }
    var outputs: [Graph.ValueID] = []
    for name in ["a", "b"] {
      outputs += model.graph.addNode(name, layer.operation, inputs: inputs, outputNames: [name + "_output"])
    }
    model.graph.setOutputs(outputs)
    let probe = Probe(of: model, for: .mxnet) { _ in true }
    #expect(probe.cases.map(\.name) == ["a", "a_positions", "a_nan"])
    #expect(Probe(of: model, for: .onnxruntime) { _ in true }.gaps.map(\.name) == ["a"])
    #expect(Probe(of: model, for: .mxnet) { $0 == "none" }.cases.isEmpty)
  }
}
