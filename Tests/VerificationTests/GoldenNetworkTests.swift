import Engine
import Formats
import Foundation
import Graphs
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

/// The recorded networks of the original, run whole; the largest ones in release mode alone.
@Suite("Recorded networks", .enabled(if: Repository.golden != nil))
struct GoldenNetworkTests {
  #if DEBUG
    static let networks = ["rfcn_dcn_coco_cxx", "fpn_dcn_coco"]
  #else
    static let networks = [
      "deeplab_cityscapes", "deform_conv", "deform_psroi", "fpn_coco", "fpn_dcn_coco", "rcnn_coco",
      "rfcn_coco", "rfcn_coco_cxx", "rfcn_dcn_coco", "rfcn_dcn_coco_cxx",
    ]
  #endif

  private let golden: URL

  init() throws { golden = try #require(Repository.golden) }

  private func open(_ network: String) throws -> (model: Model, trace: any TensorSource) {
    let folder = golden.appending(path: "networks/\(network)")
    return (
      try openModel(path: folder.appending(path: "\(network)-0000.params").path).model,
      try TensorFiles.open(path: folder.appending(path: "\(network)-trace.npz").path)
    )
  }

  @Test("each layer on its own recorded inputs is within the rounding to expect", arguments: networks)
  func layers(network: String) throws {
    let (model, source) = try open(network)
    let trace = try Trace(source, path: network)
    let layers = try TraceVerifier(model, against: trace, .init(threads: Threads(2))).judge()
    #expect(layers.count > 300)
    for layer in layers where layer.verdict > .rounding {
      #expect(
        ["Proposal", "PyramidProposal"].contains(layer.operatorName), "\(layer.name): \(layer.verdict)")
    }
  }

  /// A network's values from the graph's inputs alone, as far as its first proposals.
  private func rerun<T: EvaluationLane>(
    _ model: Model, _ source: any TensorSource, as type: T.Type
  ) throws -> [String: [Double]] {
    var fed: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs { fed[id] = try source.tensor(named: "inputs/\(model.graph[id].name)") }
    let names = model.graph.traceNames
    let computed = Set(model.graph.nodes.flatMap(\.outputs))
    let plan = try Plan<T>(model, inputs: fed.mapValues { ValueType($0) }, recording: computed)
    let last = model.graph.nodes.firstIndex { Self.isProposal($0) } ?? model.graph.nodes.count
    var values: [String: [Double]] = [:]
    _ = try plan.run(fed, in: Workspace(plan, threads: Threads(2))) { id, tensor in
      guard let name = names[id], let node = model.graph[id].producer?.node, node <= last else { return }
      values[name] = tensor.converted(to: Double.self)
    }
    return values
  }

  private static func isProposal(_ node: Node) -> Bool {
    node.operation is Proposal || node.operation is PyramidProposal
  }

  /// Deformable layers on random weights multiply rounding: FPN-DCN's recording is 5e-4 of a map's
  /// scale from fp64, and on a map of four places the largest errors of two runs are far from alike.
  @Test(
    "the whole run in fp32 is within 1e-4 of the recorded scale, or no more than thrice as far from fp64 as the recording, and proposes the same",
    arguments: networks)
  func whole(network: String) throws {
    let (model, source) = try open(network)
    let float = try rerun(model, source, as: Float.self)
    let double = try rerun(model, source, as: Double.self)
    let proposals = Set(model.graph.nodes.filter(Self.isProposal).flatMap(\.outputs))
    let names = model.graph.traceNames
    func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
    var compared = 0
    for (id, name) in names {
      guard let own = float[name], let reference = double[name],
        let recorded = try source.tensor(named: "activations/\(TraceName.encode(name))")
      else { continue }
      let expected = recorded.converted(to: Double.self)
      try #require(own.count == expected.count, "\(name)")
      compared += 1
      if proposals.contains(id) {
        // Corners in pixels: in another order they would be off by whole boxes.
        #expect(distance(own, expected) < 0.05, "\(name)")
      } else {
        let allowance = 1e-4 * (expected.map(abs).max() ?? 0)
        let error = distance(own, expected)
        #expect(
          error <= allowance || distance(own, reference) <= 3 * distance(expected, reference),
          "\(name): \(error) of \(allowance)")
      }
    }
    #expect(compared > 300)
  }
}
