import Operators
import Tensors
import TestSupport
import Testing
import Verification

@Suite("Layers judged part by part")
struct PartTests {
  private static func convolution(
    _ name: String, _ data: [Int], filters: Int, groups: Int = 1, _ geometry: ConvolutionGeometry,
    hasBias: Bool = false
  ) -> PlantedLayer {
    var random = SeededGenerator(seed: 11)
    let weight = [filters, data[1] / groups] + geometry.kernel
    var inputs = [PlantedLayers.normal(data, 1, &random), PlantedLayers.normal(weight, 0.1, &random)]
    if hasBias { inputs.append(PlantedLayers.normal([filters], 0.1, &random)) }
    return PlantedLayer(
      name: name,
      operation: Convolution(geometry: geometry, groups: groups, filters: filters, hasBias: hasBias),
      inputs: inputs)
  }

  static let layers: [PlantedLayer] = {
    var random = SeededGenerator(seed: 12)
    func normal(_ shape: [Int]) -> Tensor { PlantedLayers.normal(shape, 1, &random) }
    let maps = (normal([2, 5, 80, 90]), normal([2, 5, 80, 90]))
    let positive = normal([5]).map { abs($0) + 0.1 }
    return [
      convolution("1×1", [1, 40, 38, 63], filters: 24, PlantedLayers.geometry(1)),
      convolution(
        "3×3, two images, bias", [2, 20, 33, 50], filters: 18, PlantedLayers.geometry(3, pad: 1),
        hasBias: true),
      convolution(
        "7×7 with steps", [1, 3, 90, 101], filters: 16, PlantedLayers.geometry(7, stride: 2, pad: 3)),
      convolution(
        "dilated groups", [2, 24, 41, 37], filters: 24, groups: 4,
        PlantedLayers.geometry(3, dilation: 4, pad: 4)),
      convolution(
        "more padding than rows below", [1, 16, 21, 60], filters: 24,
        ConvolutionGeometry(
          kernel: [5, 3], stride: [1, 2], dilation: [3, 1], padBegin: [2, 0], padEnd: [20, 5])),
      PlantedLayer(
        name: "normalisation", operation: BatchNorm(epsilon: 1e-3, fixGamma: false),
        inputs: [maps.0, normal([5]), normal([5]), normal([5]), positive]),
      PlantedLayer(name: "relu", operation: Activation(.relu), inputs: [maps.0]),
      PlantedLayer(name: "tanh", operation: Activation(.tanh), inputs: [maps.0]),
      PlantedLayer(name: "sum", operation: Binary(.add, broadcasts: false), inputs: [maps.0, maps.1]),
      PlantedLayer(name: "sum of three", operation: AddN(count: 3), inputs: [maps.0, maps.1, maps.0]),
    ]
  }()

  @Test("a part is what the whole has there", arguments: layers)
  func parts(layer: PlantedLayer) throws {
    let operation = try #require(layer.operation as? any PartwiseOperator)
    let whole = try layer.operation.evaluate(layer.inputs, as: Double.self)[0]
    let parts = try #require(operation.parts(of: layer.inputs, output: whole.shape, size: 1 << 12))
    #expect(operation.parts(of: layer.inputs, output: [1, 2, 3, 4], size: 1 << 12) == nil)
    #expect(parts.parts.count > 1)
    var seen = [Int](repeating: 0, count: whole.shape.count)
    for part in parts.parts {
      let inputs = part.inputs()
      #expect(inputs[0]?.shape == part.data)
      let result = try parts.operation.evaluate(inputs, as: Double.self)[0]
      #expect(result.elements(as: Double.self) == whole.gathered(part.elements).elements(as: Double.self))
      for place in 0..<part.elements.count { seen[part.elements[place]] += 1 }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }

  @Test(
    "a layer's report is the same from its parts and as a whole", arguments: layers, ["float32", "float16"])
  func reports(layer: PlantedLayer, type: String) throws {
    let stored = try #require(ElementType(rawValue: type))
    let recorded = try layer.honest().stored(as: stored)
    var whole = try layer.judged(recorded, asWhole: true)
    #expect(whole.statistics.distribution != nil)
    whole.statistics.distribution = nil
    for threads in [1, 3] {
      let parts = try layer.judged(recorded, threads: threads)
      #expect(parts.statistics.distribution == nil)
      #expect(parts.verdict == whole.verdict && parts.verdict <= .rounding)
      #expect(parts.statistics == whole.statistics)
    }
  }

  @Test("windows that see far more padding than data are no parts", arguments: [Int(Int32.max), 1 << 20])
  func hostile(size: Int) {
    let data = Tensor(.float32, [1, 64, 64, 64]) { _ in }
    let weight = Tensor(.float32, [64, 64, 3, 3]) { _ in }
    for geometry in [
      ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [size, 1], padBegin: [size, 1], padEnd: [size, 1]),
      ConvolutionGeometry(
        kernel: [3, 3], stride: [size, 1], dilation: [1, 1], padBegin: [size, 1], padEnd: [size, 1]),
      ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [size, size], padEnd: [size, size]),
    ] {
      let convolution = Convolution(geometry: geometry, filters: 64, hasBias: false)
      for height in [3, 64, 2 * size + 62] {
        #expect(convolution.parts(of: [data, weight], output: [1, 64, height, 64], size: 1 << 15) == nil)
      }
    }
  }

  @Test("a fault in one element fails the layer", arguments: layers)
  func fault(layer: PlantedLayer) throws {
    let honest = try layer.honest()
    var elements = honest.converted(to: Float.self)
    let place = elements.count - 3
    elements[place] += max(1, abs(elements[place])) / 64
    let report = try layer.judged(Tensor(elements, shape: honest.shape), threads: 2)
    #expect(report.verdict.isFailure)
    #expect(report.statistics.worst?.position == honest.shape.position(of: place))
  }
}

extension Tensor {
  /// The elements, each rounded to a type of floating-point numbers.
  fileprivate func stored(as type: ElementType) -> Tensor {
    guard type == .float16 else { return self }
    return Tensor(converted(to: Float.self).map { float16Bits(of: $0) }, shape: shape)
      .reinterpreted(as: .float16)
  }
}
