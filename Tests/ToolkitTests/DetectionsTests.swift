import Foundation
import Graphs
import Pictures
import Tensors
import TestSupport
import Testing
import Toolkit

@Suite("Detections")
struct DetectionsTests {
  static let recorded = try? RecordedArrays(Repository.fixtures.appending(path: "results/detections.npz"))

  @Test("random outputs give what numpy makes of them by the original's rules", arguments: 0..<7)
  func numpy(_ index: Int) throws {
    let recorded = try RecordedDetections(try #require(Self.recorded), index)
    let found = recorded.outputs.detections(recorded.recipe, classNames: [], frame: recorded.frame)
    #expect(found.count == recorded.found.count)
    // numpy's fp32 exponential is within 3 ULP of the C library's, at most 2⁻²² of a box's side.
    let tolerance = Double(max(recorded.frame.input.width, recorded.frame.input.height)) * 0x1p-20
    var rest = found
    for expected in recorded.found {
      let match = rest.firstIndex { detection in
        detection.classIndex == Int(expected[0])
          && abs(detection.score - expected[1]) <= 1e-6 * expected[1]
          && zip(detection.box.corners, expected[2...]).allSatisfy { abs($0 - $1) <= tolerance }
      }
      #expect(match != nil, "\(expected)")
      if let match { rest.remove(at: match) }
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
  }

  @Test("zero deltas give the regions themselves, clipped to the input and brought to the picture")
  func zeroDeltas() throws {
    let found = try detections(rois: [[0, 10, 20, 30, 40], [0, -8, 90, 250, 400]], scores: [0.75, 0.5])
    #expect(
      found.map(\.box) == [
        Box(left: 5, top: 10, right: 15, bottom: 20), Box(left: 0, top: 45, right: 49.5, bottom: 99.5),
      ])
    #expect(found.map(\.className) == ["cat", "cat"] && found.map(\.score) == [0.75, 0.5])
  }

  @Test("of more than the maximum, equals of the last one stay")
  func ties() throws {
    let rois: [[Float]] = (0..<5).map { [0, 20 * Float($0), 0, 20 * Float($0) + 9, 9] }
    let found = try detections(rois: rois, scores: [0.9, 0.5, 0.5, 0.4, 0.5]) { $0.maximumCount = 2 }
    #expect(found.map(\.score) == [0.9, 0.5, 0.5, 0.5].map { Double(Float($0)) })
    let all = try detections(rois: rois, scores: [0.9, 0.5, 0.5, 0.4, 0.5]) { $0.maximumCount = 0 }
    #expect(all.count == 5)
  }

  @Test("a box that is not a number is left out, and displaces no other")
  func notANumber() throws {
    let rois: [[Float]] = [[0, .nan, 0, 10, 10], [0, 0, 0, 10, 10], [0, 0, -.infinity, 10, .infinity]]
    let found = try detections(rois: rois, scores: [0.9, 0.8, .nan])
    #expect(found.count == 1 && found.first?.box == Box(left: 0, top: 0, right: 5, bottom: 5))
  }

  @Test("options replace what the recipe says")
  func options() throws {
    let rois: [[Float]] = [[0, 0, 0, 9, 9], [0, 0, 0, 9, 11]]
    let greedy = try detections(rois: rois, scores: [0.9, 0.6])
    #expect(greedy.count == 1)
    let loose = try detections(rois: rois, scores: [0.9, 0.6]) { $0.suppression = .greedy(threshold: 0.9) }
    #expect(loose.count == 2)
    let soft = try detections(rois: rois, scores: [0.9, 0.6]) { $0.suppression = .gaussian(sigma: 0.5) }
    #expect(soft.count == 2 && soft[1].score < 0.2)
    let few = try detections(rois: rois, scores: [0.9, 0.6]) { $0.scoreThreshold = 0.95 }
    #expect(few.isEmpty)
  }

  @Test("outputs that do not fit one another are refused by name")
  func misfits() throws {
    let rois = Tensor([Float](repeating: 0, count: 10), shape: [2, 5])
    let scores = Tensor([Float](repeating: 0, count: 6), shape: [1, 2, 3])
    let deltas = Tensor([Float](repeating: 0, count: 16), shape: [1, 2, 8])
    func open(_ rois: Tensor, _ scores: Tensor, _ deltas: Tensor, agnostic: Bool = true) throws {
      _ = try RegionOutputs(
        rois: ("rois", rois), scores: ("cls", scores), deltas: ("box", deltas), isClassAgnostic: agnostic)
    }
    try open(rois, scores, deltas)
    try open(rois.reshaped(to: [1, 2, 5]), scores, deltas)
    #expect(throws: RecipeError("box", found: "float32 [1, 2, 8]", expected: "[1, 2, 12]")) {
      try open(rois, scores, deltas, agnostic: false)
    }
    #expect(throws: RecipeError.self) { try open(rois.reshaped(to: [10]), scores, deltas) }
    #expect(throws: RecipeError.self) { try open(rois, scores.reshaped(to: [2, 1, 3]), deltas) }
    #expect(throws: RecipeError.self) { try open(rois, scores.reshaped(to: [1, 3, 2]), deltas) }
    #expect(throws: RecipeError.self) { try open(rois, scores.reshaped(to: [1, 6, 1]), deltas) }
    let whole = Tensor([Int32](repeating: 0, count: 10), shape: [2, 5])
    #expect(throws: RecipeError.self) { try open(whole, scores, deltas) }
  }

  @Test("a network without regions finds nothing")
  func empty() throws {
    #expect(try detections(rois: [], scores: []).isEmpty)
  }
}

/// Detections of regions with these scores for one class, zero deltas, an input of 100×200 at scale 2.
private func detections(
  rois: [[Float]], scores: [Float], _ adjust: (inout DetectionOptions) -> Void = { _ in }
) throws -> [Detection] {
  var options = DetectionOptions()
  adjust(&options)
  let outputs = try RegionOutputs(
    rois: ("rois", Tensor(rois.flatMap(\.self), shape: [rois.count, 5])),
    scores: ("cls", Tensor(scores.flatMap { [1 - $0, $0] }, shape: [1, rois.count, 2])),
    deltas: ("box", Tensor([Float](repeating: 0, count: 8 * rois.count), shape: [1, rois.count, 8])),
    isClassAgnostic: true)
  let recipe = NetworkRecipe.Detections(
    rois: "rois", scores: "cls", deltas: "box", isClassAgnostic: true, scoreThreshold: 1e-3,
    suppression: .greedy(threshold: 0.3), maximumCount: 100)
  let frame = PreparedPicture.Frame(
    picture: PreparedPicture.Size(width: 50, height: 100),
    input: PreparedPicture.Size(width: 100, height: 200),
    content: PreparedPicture.Size(width: 100, height: 200), scale: 2)
  return outputs.detections(recipe.adjusted(by: options), classNames: ["background", "cat"], frame: frame)
}

/// One case of `record/detections.py`.
struct RecordedDetections {
  let outputs: RegionOutputs
  let recipe: NetworkRecipe.Detections
  let frame: PreparedPicture.Frame
  /// Class, score, left, top, right, bottom.
  let found: [[Double]]

  init(_ arrays: RecordedArrays, _ index: Int) throws {
    func tensor(_ name: String) throws -> (name: String, tensor: Tensor) {
      let entry = try arrays["\(name)/\(index)"]
      return (name, Tensor(entry.elements(as: Float.self), shape: Shape(entry.shape)))
    }
    let rule = try arrays["rule/\(index)"].elements(as: Double.self)
    let sizes = try arrays["frame/\(index)"].elements(as: Double.self)
    recipe = NetworkRecipe.Detections(
      rois: "rois", scores: "scores", deltas: "deltas", isClassAgnostic: rule[4] == 1,
      scoreThreshold: rule[0],
      suppression: rule[1] == 1 ? .gaussian(sigma: rule[2]) : .greedy(threshold: rule[2]),
      maximumCount: Int(rule[3]))
    outputs = try RegionOutputs(
      rois: tensor("rois"), scores: tensor("scores"), deltas: tensor("deltas"),
      isClassAgnostic: recipe.isClassAgnostic)
    frame = PreparedPicture.Frame(
      picture: PreparedPicture.Size(width: 1, height: 1),
      input: PreparedPicture.Size(width: Int(sizes[1]), height: Int(sizes[0])),
      content: PreparedPicture.Size(width: Int(sizes[1]), height: Int(sizes[0])), scale: sizes[2])
    let rows = try arrays["found/\(index)"].elements(as: Double.self)
    found = stride(from: 0, to: rows.count, by: 6).map { Array(rows[$0..<$0 + 6]) }
  }
}
