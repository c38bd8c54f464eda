import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Small faults")
struct SmallFaultTests {
  static let layers = [
    PlantedLayers.convolutions[0], PlantedLayers.convolutions[1], PlantedLayers.fullyConnected[0],
    PlantedLayers.closed[1], PlantedLayers.masked[0], PlantedLayers.batchNorms[0],
    PlantedLayers.positionSensitives[0], PlantedLayers.deformableRegions[0],
  ]

  @Test("a factor of 1.0001 behind any layer is caught", arguments: layers.indices)
  func factor(index: Int) throws {
    let layer = Self.layers[index]
    var cells: [String] = []
    for (exponent, factor) in [(2, 1.01), (3, 1.001), (4, 1.0001), (5, 1.00001), (6, 1.000001)] {
      let report = try layer.judged(layer.honest().map { Float(Double($0) * factor) })
      if exponent <= 4 {
        #expect(report.verdict.isFailure, "\(layer.name): 1 + 10^-\(exponent) is \(report.verdict.rawValue)")
      }
      let share = 100 * Double(report.statistics.outside) / Double(report.statistics.elements)
      cells.append(
        report.verdict.isFailure ? "\(report.verdict.rawValue), \(Int(share.rounded())) %" : "passes")
    }
    print("| factor: \(layer.name) | " + cells.joined(separator: " | ") + " |")
  }

  @Test("one weight that is changed in its last bits is caught, and its channel is named", arguments: 0...4)
  func weight(index: Int) throws {
    let layer = Self.layers[index]
    let place = layer.operation.inputs.firstIndex { $0.name == "weight" } ?? 1
    let weights = layer.inputs[place].converted(to: Float.self)
    let (rows, middle) = (layer.inputs[place].shape[0], weights.count / 2)
    var least: Int?
    for bits in stride(from: 20, through: 0, by: -1) {
      var changed = weights
      changed[middle] = Float(bitPattern: changed[middle].bitPattern ^ (1 << bits))
      var inputs = layer.inputs
      inputs[place] = Tensor(changed, shape: inputs[place].shape)
      let report = try layer.judged(layer.operation.evaluate(inputs, as: Float.self)[0])
      guard report.verdict.isFailure else { break }
      least = bits
      let channel = middle / (weights.count / rows)
      let sentence = report.diagnosis ?? "no diagnosis"
      #expect(sentence.contains("channel \(channel)") || sentence.contains("one element"), "\(sentence)")
    }
    #expect(try #require(least) <= 14, "\(layer.name)")
    print("| weight: \(layer.name) | bit \(least ?? -1) of 23 |")
  }

  @Test(
    "one offset that is moved by a thousandth of a pixel is caught, and its place is named",
    arguments: [3, 4])
  func offset(index: Int) throws {
    let layer = Self.layers[index]
    let offsets = layer.inputs[1]
    let channel = 4
    let place = ((0 * offsets.shape[1] + channel) * offsets.shape[2] + 3) * offsets.shape[3] + 4
    var cells: [String] = []
    for (move, mustCatch) in [(1e-2, true), (1e-3, true), (1e-4, false), (1e-5, false)] as [(Float, Bool)] {
      var changed = offsets.converted(to: Float.self)
      changed[place] += move
      var inputs = layer.inputs
      inputs[1] = Tensor(changed, shape: offsets.shape)
      let report = try layer.judged(layer.operation.evaluate(inputs, as: Float.self)[0])
      if mustCatch {
        #expect(report.verdict.isFailure, "\(layer.name): \(move) px is \(report.verdict.rawValue)")
        #expect(
          report.diagnosis?.contains("row 3, column 4") == true, "\(report.diagnosis ?? "no diagnosis")")
      }
      cells.append(report.verdict.isFailure ? report.verdict.rawValue : "passes")
    }
    print("| offset: \(layer.name) | " + cells.joined(separator: " | ") + " |")
  }
}
