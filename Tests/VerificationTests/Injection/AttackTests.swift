import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// Traces that are wrong in ways of daily life: who feeds, loads, crops and records gets something wrong.
enum Attacks {
  static let all: [PlantedFault] = feeding + weights + deformable + regions + others

  static let feeding: [PlantedFault] = [
    .inputs(
      "images swapped at the data, not at the offsets", "the images of 'data' alone in reversed order",
      in: [PlantedLayers.masked[1]]
    ) { inputs, _ in
      let images = inputs[0].shape[0]
      inputs[0] = inputs[0].arranged { [images - 1 - $0[0], $0[1], $0[2], $0[3]] }
    },
    .inputs("input channels off by one", "input channels off by one", in: [PlantedLayers.convolutions[0]]) {
      inputs, _ in
      let channels = inputs[0].shape[1]
      inputs[0] = inputs[0].arranged { [$0[0], ($0[1] + 1) % channels, $0[2], $0[3]] }
    },
    .output("output channels off by one", "output channels off by one", in: [PlantedLayers.convolutions[0]]) {
      output in output.arranged { [$0[0], ($0[1] + 1) % output.shape[1], $0[2], $0[3]] }
    },
    .inputs("a picture not divided by 255", "a picture multiplied by 255", in: [PlantedLayers.pictures[0]]) {
      inputs, _ in inputs[0] = inputs[0].map { $0 * 255 }
    },
    .inputs(
      "offsets alone stored in fp16", "'offset' alone stored in half precision", in: [PlantedLayers.closed[0]]
    ) { inputs, _ in inputs[1] = inputs[1].map { Float(ElementType.float16.rounded(Double($0))) } },
    .output(
      "the second image never written", "in row 1 of the batch",
      in: [PlantedLayers.convolutions[1]]
    ) { output in
      let half = output.shape.count / 2
      let elements = output.converted(to: Float.self)
      return Tensor(elements.indices.map { $0 < half ? elements[$0] : 0 }, shape: output.shape)
    },
    .output(
      "a map shifted by one row", "rows of the map off by one", in: [PlantedLayers.convolutions[0]]
    ) { output in
      let rows = output.shape[2]
      return output.arranged { [$0[0], $0[1], ($0[2] + 1) % rows, $0[3]] }
    },
  ]

  static let weights: [PlantedFault] = [
    .inputs("stale weights of an earlier epoch", "other weights", in: [fitted]) { inputs, _ in
      var random = SeededGenerator(seed: 3)
      inputs[1] = inputs[1].map { $0 * (1 + 1e-3 * random.normal()) }
    },
    .inputs(
      "the first group's filters for all groups", "the first group's filters",
      in: [PlantedLayers.groupedConvolutions[0]]
    ) { inputs, operation in
      let size = inputs[1].shape[0] / 2
      inputs[1] = inputs[1].arranged { [$0[0] % size, $0[1], $0[2], $0[3]] }
    },
    .attributes(
      "padding that leans before", "padding that leans before", in: [PlantedLayers.strided[0]],
      of: Convolution.self
    ) {
      $0.geometry.padBegin = $0.geometry.padBegin.map { $0 + 1 }
      $0.geometry.padEnd = $0.geometry.padEnd.map { $0 - 1 }
    },
    .inputs(
      "variance stored as deviation", "the variance taken for the deviation",
      in: [PlantedLayers.batchNorms[0]]
    ) { inputs, operation in
      let epsilon = Float((operation as? BatchNorm)?.epsilon ?? 0)
      inputs[4] = inputs[4].map { $0 * $0 - epsilon }
    },
  ]

  /// Few unknowns and many places.
  static let fitted = PlantedLayers.convolution(
    "3×3 on 24×26", [1, 4, 24, 26], filters: 5, PlantedLayers.geometry(3, pad: 1))

  static let deformable: [PlantedFault] = [
    .inputs(
      "mask twice in one deformable group alone", "the mask applied twice to deformable group 1 alone",
      in: [PlantedLayers.masked[1]]
    ) { inputs, _ in
      let mask = inputs[2].converted(to: Float.self)
      let inner = inputs[2].shape[2] * inputs[2].shape[3]
      inputs[2] = Tensor(
        mask.indices.map { $0 / inner % 18 >= 9 ? mask[$0] * mask[$0] : mask[$0] }, shape: inputs[2].shape)
    },
    .inputs("nearest samples", "the nearest element", in: [PlantedLayers.closed[0]]) { inputs, _ in
      inputs[1] = inputs[1].map { $0.rounded() }
    },
    .inputs(
      "one deformable group not moved", "the offsets of deformable group 0 alone ignored",
      in: [PlantedLayers.closed[0]]
    ) { inputs, _ in
      let offsets = inputs[1].converted(to: Float.self)
      let inner = inputs[1].shape[2] * inputs[1].shape[3]
      inputs[1] = Tensor(
        offsets.indices.map { $0 / inner % 36 < 18 ? 0 : offsets[$0] }, shape: inputs[1].shape)
    },
  ]

  static let regions: [PlantedFault] = [
    .inputs("regions of the other image", "the other image", in: [PlantedLayers.positionSensitives[0]]) {
      inputs, _ in inputs[1] = inputs[1].regions { [1 - $0[0]] + $0[1...] }
    },
    .output("regions transposed", "height and width exchanged", in: [PlantedLayers.positionSensitives[0]]) {
      output in output.arranged { [$0[0], $0[1], $0[3], $0[2]] }
    },
    .output("regions off by one", "rows off by one", in: [PlantedLayers.regionPoolings[0]]) { output in
      output.arranged { [($0[0] + 1) % output.shape[0], $0[1], $0[2], $0[3]] }
    },
    .inputs(
      "trans of the next region", "trans of the next region",
      in: [PlantedLayers.deformableRegions[0]]
    ) { inputs, _ in
      let count = inputs[2].shape[0]
      inputs[2] = inputs[2].arranged { [($0[0] + 1) % count, $0[1], $0[2], $0[3]] }
    },
    .inputs(
      "a wrong im_info (scale 1)", "a scale of 1 in imageInfo", in: [proposal]
    ) { inputs, _ in inputs[2] = Tensor([Float(160), 224, 1], shape: [1, 3]) },
  ]

  /// Proposals of a picture that was enlarged, where small boxes go.
  static let proposal: PlantedLayer = {
    var random = SeededGenerator(seed: 7)
    func uniform(_ shape: Shape, _ range: ClosedRange<Float>) -> Tensor {
      Tensor((0..<shape.count).map { _ in Float.random(in: range, using: &random) }, shape: shape)
    }
    let selection = ProposalSelection(
      scales: [2, 4, 8], ratios: [0.5, 1, 2], preNMSTopN: 600, postNMSTopN: 60, threshold: 0.7, minSize: 24,
      hasScores: false)
    return PlantedLayer(
      name: "proposals", operation: Proposal(stride: 16, selection: selection),
      inputs: [
        uniform([1, 18, 10, 14], 0...1), uniform([1, 36, 10, 14], -0.4...0.4),
        Tensor([Float(160), 224, 1.5], shape: [1, 3]),
      ])
  }()

  static let others: [PlantedFault] = [
    PlantedFault(
      name: "a relu recorded before it ran", phrase: "the layer's input", layers: [relu],
      plant: { $0.inputs[0] }),
    .attributes("a crop off by one", "a crop that starts at [3, 2]", in: [crop], of: Crop.self) {
      $0.offset = [3, 2]
    },
    .output("noise on every number", "No known computation", in: [PlantedLayers.convolutions[0]]) { output in
      var random = SeededGenerator(seed: 9)
      return output.map { $0 + random.normal() * 5e-2 }
    },
  ]

  static let relu: PlantedLayer = {
    let layer = PlantedLayers.convolutions[0]
    return PlantedLayer(name: "relu", operation: Activation(.relu), inputs: [layer.inputs[0]])
  }()

  static let crop: PlantedLayer = {
    var random = SeededGenerator(seed: 11)
    return PlantedLayer(
      name: "crop", operation: Crop(offset: [2, 2], size: [7, 8]),
      inputs: [PlantedLayers.normal([1, 3, 12, 14], 1, &random)])
  }()
}

@Suite("Traces that are wrong in new ways")
struct AttackTests {
  @Test("every one fails, and the sentence helps", arguments: Attacks.all)
  func attack(_ fault: PlantedFault) throws {
    for layer in fault.layers {
      let report = try layer.judged(fault.plant(layer))
      #expect(report.verdict.isFailure, "\(layer.name): \(report.verdict.rawValue) \(report.reason)")
      let sentence = report.diagnosis ?? "no diagnosis"
      #expect(sentence.contains(fault.phrase), "\(layer.name): \(sentence)")
      // Rows of the table in Schemas/verification.md.
      print("| \(fault.name) | \(report.verdict.rawValue) | \(sentence) |")
    }
  }

  @Test("their layers pass as they are")
  func honest() throws {
    for layer in Attacks.all.flatMap(\.layers) {
      let report = try layer.judged(layer.honest())
      #expect(!report.verdict.isFailure, "\(layer.name): \(report.verdict.rawValue)")
    }
  }
}
