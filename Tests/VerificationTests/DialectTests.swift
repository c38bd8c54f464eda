import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Dialects of a trace")
struct DialectTests {
  @Test("a layer that was computed as declared is found so, with the next best far behind")
  func declared() throws {
    let layer = PlantedLayers.convolutions[0]
    let found = try layer.dialect(layer.honest())
    #expect(found.decision == .declared, "\(found.best.map(\.title))")
    #expect(found.best.map(\.cause) == [nil])
    #expect((found.best.first?.ratio ?? 9) < 6)
    #expect((found.next?.ratio ?? 0) > 100)
    #expect(found.tried > 40)
  }

  @Test("on a small map only the last bits of positions are left in doubt")
  func positions() throws {
    let layer = PlantedLayers.masked[0]
    let found = try layer.dialect(layer.honest())
    #expect(found.decision == .undecided)
    #expect(found.best.count == 2 && found.best[0].cause == nil)
    #expect(found.best[1].title.contains("positions relative to the window"))
    #expect((found.next?.ratio ?? 0) > 100)
  }

  @Test("the border of the other dialect is found, and what was declared refuted")
  func otherBorder() throws {
    let layer = PlantedLayers.closed[0]
    guard var operation = layer.operation as? DeformableConvolution else { throw PlantedFaultError() }
    operation.border = .zero
    let found = try layer.dialect(operation.evaluate(layer.inputs, as: Float.self)[0])
    #expect(found.decision == .other)
    #expect(found.best.first?.cause?.contains("the zero border") == true)
    #expect((found.next?.ratio ?? 0) > 1000)
  }

  @Test("two faults at once are found where none explains the numbers alone")
  func pair() throws {
    let layer = PlantedLayers.closed[0]
    guard var operation = layer.operation as? DeformableConvolution else { throw PlantedFaultError() }
    operation.border = .zero
    var inputs = layer.inputs
    inputs[3] = inputs[3].map { _ in 0 }
    let found = try layer.dialect(operation.evaluate(inputs, as: Float.self)[0])
    #expect(found.decision == .other)
    #expect(
      found.best.first?.cause?.contains("the zero border (DCNv2, torchvision, ONNX) together with no bias")
        == true)
  }

  @Test("offsets that stay inside decide nothing about the border, and it is said")
  func undecided() throws {
    var layer = PlantedLayers.closed[0]
    layer.inputs[1] = layer.inputs[1].map { _ in 0 }
    let found = try layer.dialect(layer.honest())
    #expect(found.decision == .undecided)
    #expect(found.best.first?.cause == nil)
    #expect(found.best.contains { $0.cause?.contains("the zero border") == true })
    let report = DialectReport(
      modelPath: "it's a model.onnx", modelDigest: "", tracePath: "t.npz", layers: [found])
    #expect(
      report.probe(for: found) == "dcnconv probe make 'it'\\''s a model.onnx' --layers layer_output -o probe")
    #expect(report.holds)
  }

  @Test("what the weights make one computation is no doubt")
  func sameComputation() throws {
    var layer = PlantedLayers.batchNorms[0]
    layer.inputs[1] = layer.inputs[1].map { _ in 1 }
    let found = try layer.dialect(layer.honest())
    #expect(found.decision == .declared, "\(found.best.map(\.title))")
  }

  @Test("numbers of no known computation are not explained, and the place is told")
  func unexplained() throws {
    let layer = PlantedLayers.convolutions[0]
    let honest = try layer.honest()
    let inner = honest.shape[2] * honest.shape[3]
    var index = 0
    let recorded = honest.map { value in
      defer { index += 1 }
      return index / inner % honest.shape[1] == 5 ? value * Float(1 + index % 3) : value
    }
    let found = try layer.dialect(recorded)
    #expect(found.decision == .unexplained)
    #expect(found.diagnosis?.contains("in channel 5") == true)
    #expect(found.next != nil)
  }
}
