import Foundation
import Operators
import OrderedCollections
import Tensors
import TestSupport
import Testing
import Verification

/// A layer with the gradient of its output and those of its inputs, as a framework's backward pass recorded them.
struct RecordedGradientLayer: Sendable, CustomTestStringConvertible {
  let layer: PlantedLayer
  let head: Tensor
  /// By the input's place.
  let gradients: [Int: Tensor]

  var testDescription: String { layer.name }

  private init(_ recorded: RecordedCase, _ arrays: RecordedArrays, _ source: String) throws {
    layer = try recorded.layer(in: arrays, title: source + " ")
    head = try recorded.tensor("head", in: arrays)
    var gradients: [Int: Tensor] = [:]
    for (place, name) in recorded.order.enumerated()
    where arrays.names.contains("\(recorded.name)/grad/\(name)") {
      gradients[place] = try recorded.tensor("grad/\(name)", in: arrays)
    }
    self.gradients = gradients
  }

  /// MXNet's and torchvision's backward passes: `Fixtures/gradients`, and the larger recordings where present.
  static let all: [RecordedGradientLayer] = {
    do { return try fixtures() + golden() } catch { preconditionFailure("recorded gradients: \(error)") }
  }()

  static func fixtures() throws -> [RecordedGradientLayer] {
    try ["mxnet", "torchvision"].flatMap { framework in
      let arrays = try RecordedArrays(Repository.fixtures.appending(path: "gradients/\(framework).npz"))
      return try arrays.names.filter { $0.hasSuffix("/case") }.map {
        try RecordedGradientLayer(
          JSONDecoder().decode(RecordedCase.self, from: Data(arrays[$0].bytes)), arrays, framework)
      }
    }
  }

  private static func golden() throws -> [RecordedGradientLayer] {
    guard Repository.golden != nil else { return [] }
    // The modulated ones are no framework's: MXNet has no such backward pass on the CPU.
    return try [
      "contrib_DeformableConvolution", "contrib_DeformablePSROIPooling", "contrib_PSROIPooling",
    ].flatMap { file in
      let (cases, arrays) = try RecordedCase.load(file)
      return try cases.map { try RecordedGradientLayer($0, arrays, "recorded") }
    }
  }

  /// The reports of the gradients alone.
  func judged(_ altered: [Int: Tensor] = [:]) throws -> [LayerReport] {
    let recorded = gradients.merging(altered) { $1 }
    return try layer.judgedGradients(head, recorded).filter { $0.gradient != nil }
  }
}

@Suite("Gradients judged")
struct GradientTests {
  @Test("a framework's own backward pass raises no alarm", arguments: RecordedGradientLayer.all)
  func clean(_ recorded: RecordedGradientLayer) throws {
    let reports = try recorded.judged()
    #expect(reports.count == recorded.gradients.count)
    for report in reports {
      #expect(report.verdict <= .rounding, "\(report.gradient ?? ""): \(ReportText.summary(report))")
    }
    let worst = reports.map { "\($0.gradient ?? "") \(ReportText.ratio($0.statistics.maximumErrorToSigma))" }
    print("\(recorded.layer.name): \(worst.joined(separator: ", "))")
  }

  @Test("our own fp32 gradients raise none")
  func own() throws {
    for recorded in try RecordedGradientLayer.fixtures() {
      let operation = try #require(recorded.layer.operation as? any DifferentiableOperator)
      let gradients = try operation.gradients(
        recorded.layer.inputs, outputGradient: recorded.head, as: Float.self)
      var own: [Int: Tensor] = [:]
      for (index, gradient) in gradients.enumerated() { own[index] = gradient }
      for report in try recorded.judged(own) {
        #expect(report.verdict <= .rounding, "\(recorded.layer.name): \(ReportText.summary(report))")
      }
    }
  }

  @Test("a wrong order, sign, factor, mask or offset is caught and named")
  func planted() throws {
    var caught: [String: Int] = [:]
    func expect(
      _ phrase: String, _ recorded: RecordedGradientLayer, _ index: Int, _ gradient: Tensor
    ) throws {
      let name = recorded.layer.operation.inputs[index].name
      let report = try #require(recorded.judged([index: gradient]).first { $0.gradient == name })
      #expect(report.verdict == .mismatch, "\(recorded.layer.name), \(name), \(phrase): \(report.verdict)")
      let sentence = report.diagnosis ?? "no diagnosis"
      #expect(sentence.contains(phrase), "\(recorded.layer.name), \(name): \(sentence)")
      caught[phrase, default: 0] += 1
    }
    for recorded in try RecordedGradientLayer.fixtures() {
      let operation = try #require(recorded.layer.operation as? any DifferentiableOperator)
      for (index, gradient) in recorded.gradients
      where gradient.shape.count > 8 && Self.scale(gradient) > 1e-3 {
        try expect("every element times -1", recorded, index, gradient.map { -$0 })
        try expect("every element times 3", recorded, index, gradient.map { 3 * $0 })
        try expect("every element times 1.0001", recorded, index, gradient.map { 1.0001 * $0 })
      }
      let moving = operation is DeformableConvolution ? 1 : 2
      // On a map of one element nothing changes as samples move: what is left is rounding.
      if let gradient = recorded.gradients[moving], Self.scale(gradient) > 1e-3 {
        let channels = gradient.shape[1]
        let swapped = gradient.arranged { [$0[0], $0[1] ^ 1] + $0[2...] }
        #expect(channels % 2 == 0)
        try expect("before", recorded, moving, swapped)
      }
      guard var convolution = operation as? DeformableConvolution else { continue }
      if convolution.hasMask, let mask = convolution.maskIndex {
        var inputs = recorded.layer.inputs
        inputs[mask] = inputs[mask].map { _ in 1 }
        let unmasked = try convolution.gradients(inputs, outputGradient: recorded.head, as: Float.self)
        for index in [0, 1, convolution.weightIndex] {
          try expect("mask", recorded, index, try #require(unmasked[index]))
        }
      }
      convolution.border = convolution.border == .closed ? .zero : .closed
      let other = try convolution.gradients(
        recorded.layer.inputs, outputGradient: recorded.head, as: Float.self)
      try expect("border", recorded, 1, try #require(other[1]))
    }
    print(
      "planted gradients: "
        + caught.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
  }

  private static func scale(_ tensor: Tensor) -> Float { tensor.elements(as: Float.self).map(abs).max() ?? 0 }

  @Test("six deviations are a small part of the gradient's scale")
  func sharp() throws {
    for recorded in try RecordedGradientLayer.fixtures() {
      for (index, gradient) in recorded.gradients where Self.scale(gradient) > 1e-3 {
        let scale = Self.scale(gradient)
        // One element in the middle of the tensor, moved by a hundred-thousandth of the largest.
        var moved = gradient.elements(as: Float.self)
        moved[moved.count / 2] += 1e-5 * scale
        let name = recorded.layer.operation.inputs[index].name
        let report = try #require(
          recorded.judged([index: Tensor(moved, shape: gradient.shape)]).first { $0.gradient == name })
        #expect(report.verdict.isFailure, "\(recorded.layer.name), \(name)")
      }
    }
  }
}
