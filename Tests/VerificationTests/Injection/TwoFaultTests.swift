import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// Two known bugs at once, planted into one layer.
struct FaultPair: Sendable, CustomStringConvertible {
  let name: String
  /// Parts of the sentence that name both.
  let phrases: [String]
  let layers: [PlantedLayer]
  let plant: @Sendable (PlantedLayer) throws -> Tensor

  var description: String { name }

  /// Other attributes and other inputs together.
  static func of<O: Operator>(
    _ name: String, _ phrases: [String], in layers: [PlantedLayer], _ type: O.Type,
    _ alter: @escaping @Sendable (inout O, inout [Tensor]) -> Void
  ) -> FaultPair {
    FaultPair(name: name, phrases: phrases, layers: layers) { layer in
      guard var operation = layer.operation as? O else { throw PlantedFaultError() }
      var inputs = layer.inputs
      alter(&operation, &inputs)
      return try operation.evaluate(inputs, as: Float.self)[0]
    }
  }

  static let all: [FaultPair] = [
    .of(
      "zero border, bias lost", ["the zero border", "no bias"], in: [PlantedLayers.closed[0]],
      DeformableConvolution.self
    ) { operation, inputs in
      operation.border = .zero
      inputs[3] = inputs[3].map { _ in 0 }
    },
    .of(
      "x before y, mask twice", ["x before y", "the mask applied twice"],
      in: [PlantedLayers.masked[0], PlantedLayers.masked[1]], DeformableConvolution.self
    ) { operation, inputs in
      operation.offsetOrder = .xy
      inputs[2] = inputs[2].map { $0 * $0 }
    },
    .of(
      "closed border, half-precision positions", ["the closed border", "half precision"],
      in: [PlantedLayers.masked[1]], DeformableConvolution.self
    ) { operation, _ in
      operation.border = .closed
      operation.coordinates = .half
    },
    FaultPair(
      name: "zero border, recorded channels last", phrases: ["the zero border", "recorded channels last"],
      layers: [PlantedLayers.closed[0]],
      plant: { layer in
        guard var operation = layer.operation as? DeformableConvolution else { throw PlantedFaultError() }
        operation.border = .zero
        let output = try operation.evaluate(layer.inputs, as: Float.self)[0]
        let shape = output.shape
        return output.arranged([shape[0], shape[2], shape[3], shape[1]]) { [$0[0], $0[3], $0[1], $0[2]] }
      }),
    .of(
      "gamma fixed, epsilon 1e-3", ["gamma counted as 1", "an epsilon of 0.001"],
      in: [PlantedLayers.batchNorms[0]], BatchNorm.self
    ) { operation, _ in
      operation.fixGamma = true
      operation.epsilon = 1e-3
    },
    .of(
      "filters turned, bias twice", ["filters turned by 180°", "the bias added twice"],
      in: [PlantedLayers.convolutions[0]], Convolution.self
    ) { _, inputs in
      let shape = inputs[1].shape
      inputs[1] = inputs[1].arranged { [$0[0], $0[1], shape[2] - 1 - $0[2], shape[3] - 1 - $0[3]] }
      inputs[2] = inputs[2].map { 2 * $0 }
    },
    .of(
      "corners y before x, half to even", ["y before x", "half to even"],
      in: [PlantedLayers.positionSensitives[0]], PSROIPooling.self
    ) { operation, inputs in
      operation.rounding = .toEven
      inputs[1] = inputs[1].regions { [$0[0], $0[2], $0[1], $0[4], $0[3]] }
    },
    .of(
      "trans y before x, factor lost", ["trans read as y before x", "trans without its factor"],
      in: [PlantedLayers.deformableRegions[0]], DeformablePSROIPooling.self
    ) { operation, _ in
      operation.transOrder = .yx
      operation.transStd = 1
    },
  ]
}

@Suite("Two bugs at once")
struct TwoFaultTests {
  @Test("two known bugs in one layer are both named", arguments: FaultPair.all)
  func planted(_ pair: FaultPair) throws {
    for layer in pair.layers {
      let clock = ContinuousClock()
      let start = clock.now
      let report = try layer.judged(pair.plant(layer))
      #expect(report.verdict.isFailure)
      let sentence = report.diagnosis ?? "no diagnosis"
      for phrase in pair.phrases {
        #expect(sentence.contains(phrase), "\(layer.name): \(sentence)")
      }
      // Rows of the table in Schemas/verification.md.
      print("| \(pair.name) | \(layer.name) | \(clock.now - start) | \(sentence) |")
    }
  }

  @Test("numbers of no known computation are explained by no two either")
  func unexplained() throws {
    var random = SeededGenerator(seed: 7)
    for layer in [PlantedLayers.closed[0], PlantedLayers.convolutions[0], PlantedLayers.batchNorms[0]] {
      let noise = try layer.honest().map { $0 + random.normal() * 1e-3 }
      let report = try layer.judged(noise)
      #expect(report.verdict.isFailure)
      #expect(report.diagnosis?.contains("These are the numbers of") != true, "\(report.diagnosis ?? "")")
    }
  }
}
