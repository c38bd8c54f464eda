import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

@Suite("Stretches of layers that were not recorded")
struct SegmentTests {
  private static let checkpoint = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-0000.params")
    .path
  private static let trace = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-trace.npz").path

  /// A recording of which only some values are left: the graph's inputs, what decides, and the units' results.
  private struct Thinned: TensorSource {
    let whole: any TensorSource

    var names: [String] { whole.names.filter(isKept) }
    var metadata: [String: String] { whole.metadata }

    func header(of name: String) throws -> (elementType: ElementType, shape: Shape)? {
      isKept(name) ? try whole.header(of: name) : nil
    }

    func tensor(named name: String) throws -> Tensor? { isKept(name) ? try whole.tensor(named: name) : nil }

    private func isKept(_ name: String) -> Bool {
      guard name.hasPrefix("activations/") else { return true }
      if name.contains("branch") { return name.contains("offset") }
      return ["_relu_output", "offset", "rois"].contains { name.contains($0) }
    }
  }

  private func layers(_ model: Model) throws -> [LayerReport] {
    let trace = try Trace(Thinned(whole: TensorFiles.open(path: Self.trace)), path: Self.trace)
    return try TraceVerifier(model, against: trace, TraceVerifier.Options(threads: Threads(2))).judge()
  }

  @Test("residual units are judged as a whole, within what all of their layers may round")
  func clean() throws {
    let layers = try layers(try openModel(path: Self.checkpoint).model)
    let segments = layers.filter { !$0.segment.isEmpty && $0.verdict != .notJudged }
    #expect(segments.count >= 33)
    #expect(segments.allSatisfy { $0.verdict <= .rounding })
    let unit = try #require(segments.first { $0.name == "res4b7_relu_output" })
    #expect(unit.segment.contains("res4b7_branch2a_output"))
    #expect(unit.segment.contains("bn4b7_branch2c_output"))
    // The bound of a stretch is no wild guess: its errors come near it.
    let ratios = segments.map(\.statistics.maximumErrorToSigma).sorted()
    #expect(ratios[ratios.count / 2] > 0.3)
    // What a deformable layer would sample elsewhere is not known to first order.
    let gaps = layers.filter { $0.verdict == .notJudged && $0.reason.contains("what its error does") }
    for gap in gaps { #expect(!gap.segment.isEmpty || gap.reason.contains("was not recorded")) }
  }

  @Test("a fault inside a stretch fails the value behind it, and that alone")
  func fault() throws {
    var model = try openModel(path: Self.checkpoint).model
    let name = "arg:res4b7_branch2b_weight"
    let weight = try #require(model.tensors[name])
    model.tensors[name] = Tensor(
      weight.converted(to: Float.self).map { $0 * 1.0001 }, shape: weight.shape)
    let failing = try layers(model).filter { $0.verdict.isFailure }
    #expect(failing.map(\.name) == ["res4b7_relu_output"])
  }
}
