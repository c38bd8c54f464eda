import Formats
import Foundation
import Graphs
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Toolkit
import Verification

@Suite("End to end")
struct EndToEndTests {
  private static let checkpoint = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-0000.params")
    .path
  private static let trace = Repository.fixtures.appending(path: "networks/rfcn_dcn_coco-trace.npz").path

  private func report(_ model: Model) throws -> EndToEndReport {
    let trace = try Trace(TensorFiles.open(path: Self.trace), path: Self.trace)
    let verifier = try EndToEndVerifier(model, against: trace, arithmetic: nil, threads: Threads(2))
    return try #require(try verifier.judge().first)
  }

  @Test("MXNet's run of the shipped network drifts no further than our own, and finds the same objects")
  func clean() throws {
    let report = try report(try openModel(path: Self.checkpoint).model)
    #expect(report.failures.isEmpty, "\(report.failures)")
    #expect(report.layers.count == 370)
    #expect(report.gaps.isEmpty)
    #expect(report.layers.allSatisfy { $0.ratio < 3 })
    let detections = try #require(report.detections)
    #expect(detections.matchedCount > 50)
    #expect(detections.scoreDifference < 1e-3)
    #expect(detections.cornerDifference < 0.1)
  }

  @Test("a layer whose weights are a thousandth too large is where the run first diverges")
  func fault() throws {
    var model = try openModel(path: Self.checkpoint).model
    let name = "arg:res4b3_branch2a_weight"
    let weight = try #require(model.tensors[name])
    model.tensors[name] = Tensor(
      weight.converted(to: Float.self).map { $0 * 1.001 }, shape: weight.shape)
    let report = try report(model)
    #expect(report.firstDivergence?.name == "res4b3_branch2a_output")
    #expect(report.failures.first?.contains("res4b3_branch2a_output") == true)
  }

  private static let recipe = NetworkRecipe.Detections(
    rois: "", scores: "", deltas: "", isClassAgnostic: true, scoreThreshold: 0.1,
    suppression: .greedy(threshold: 0.5), maximumCount: 3)

  private static func detection(_ score: Double, left: Double, classIndex: Int = 1) -> Detection {
    Detection(
      classIndex: classIndex, className: "c", score: score,
      box: Box(left: left, top: 0, right: left + 99, bottom: 99))
  }

  @Test("detections match by class and place, whatever their order")
  func matching() {
    let first = [Self.detection(0.9, left: 0), Self.detection(0.8, left: 500)]
    let second = [Self.detection(0.80001, left: 500.2), Self.detection(0.9, left: 0)]
    let comparison = DetectionComparison(recorded: first, rerun: second, recipe: Self.recipe)
    #expect(comparison.matchedCount == 2)
    #expect(comparison.unmatched.isEmpty)
    #expect(abs(comparison.scoreDifference - 1e-5) < 1e-12)
    #expect(abs(comparison.cornerDifference - 0.2) < 1e-12)
  }

  @Test("a flip is explained by the decision that was near, and by no other")
  func flips() throws {
    // Two boxes that overlap by two thirds, nearly of one score: either may suppress the other.
    let order = DetectionComparison(
      recorded: [Self.detection(0.70001, left: 0)], rerun: [Self.detection(0.7, left: 20)],
      recipe: Self.recipe)
    #expect(order.unmatched.count == 2)
    #expect(order.unmatched.allSatisfy { $0.isExplained && $0.decision.contains("order") })
    let threshold = DetectionComparison(
      recorded: [Self.detection(0.10001, left: 0)], rerun: [], recipe: Self.recipe)
    #expect(threshold.unmatched.first?.isExplained == true)
    #expect(threshold.unmatched.first?.decision.contains("threshold") == true)
    let lost = DetectionComparison(recorded: [Self.detection(0.9, left: 0)], rerun: [], recipe: Self.recipe)
    #expect(lost.unmatched.first?.isExplained == false)
    let confused = DetectionComparison(
      recorded: [Self.detection(0.9, left: 0)], rerun: [Self.detection(0.9, left: 0, classIndex: 2)],
      recipe: Self.recipe)
    #expect(confused.matchedCount == 0)
    #expect(confused.unmatched.allSatisfy { !$0.isExplained })
  }
}
