import Graphs
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  @Test(
    "a convolution equals the sum it is defined by, on every instruction set",
    arguments: InstructionSet.available)
  func convolution(set: InstructionSet) throws {
    var random = SystemRandomNumberGenerator()
    for (groups, kernel, stride, dilation, pad) in [
      (1, 3, 1, 1, 1), (1, 3, 2, 2, 2), (2, 3, 1, 1, 0), (4, 1, 1, 1, 0), (1, 1, 2, 1, 0), (1, 5, 1, 1, 3),
    ] {
      let convolution = Convolution(
        geometry: ConvolutionGeometry(
          kernel: [kernel, kernel], stride: [stride, stride], dilation: [dilation, dilation],
          padBegin: [pad, pad], padEnd: [pad, pad]), groups: groups, filters: 8, hasBias: true)
      // Small integers: every order of summation gives the same bits.
      func tensor(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.count).map { _ in Float(Int.random(in: -4...4, using: &random)) }, shape: shape)
      }
      let data = tensor([2, 12, 9, 11])
      let weight = tensor([8, 12 / groups, kernel, kernel])
      let bias = tensor([8])
      let context = EvaluationContext(kernels: set.kernels, threads: Threads(2))
      let float = try convolution.evaluate([data, weight, bias], as: Float.self, in: context)[0]
      let double = try convolution.evaluate([data, weight, bias], as: Double.self, in: context)[0]
      #expect(float.elementType == .float32)
      #expect(double.elementType == .float64)
      #expect(float.elements(as: Float.self).map(Double.init) == double.elements(as: Double.self))
      #expect(double.elements(as: Double.self) == Self.reference(convolution, data, weight, bias))
    }
  }

  @Test(
    "narrow groups, alone and side by side, equal the sum they are defined by",
    arguments: InstructionSet.available)
  func narrowGroups(set: InstructionSet) throws {
    var random = SeededGenerator(seed: 29)
    for (groups, channels, filters, kernel) in [
      (4, 3, 1, 3), (3, 5, 2, 1), (2, 4, 3, 3), (5, 8, 4, 3), (4, 8, 5, 3), (4, 8, 8, 3), (3, 4, 9, 3),
      (2, 16, 16, 3), (2, 6, 17, 3), (1, 600, 3, 1), (2, 60, 8, 3), (1, 1, 1, 5),
    ] {
      let pad = kernel / 2
      let convolution = Convolution(
        geometry: ConvolutionGeometry(
          kernel: [kernel, kernel], stride: [1, 1], dilation: [1, 1], padBegin: [pad, pad],
          padEnd: [pad, pad]), groups: groups, filters: groups * filters, hasBias: true)
      // Small integers: every order of summation gives the same bits.
      func tensor(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.count).map { _ in Float(Int.random(in: -4...4, using: &random)) }, shape: shape)
      }
      let inputs = [
        tensor([2, groups * channels, 5, 6]), tensor([groups * filters, channels, kernel, kernel]),
        tensor([groups * filters]),
      ]
      let context = EvaluationContext(kernels: set.kernels, threads: Threads(2))
      let float = try convolution.evaluate(inputs, as: Float.self, in: context)[0]
      let double = try convolution.evaluate(inputs, as: Double.self, in: context)[0]
      let expected = Self.reference(convolution, inputs[0], inputs[1], inputs[2])
      #expect(double.elements(as: Double.self) == expected, "\(groups) × \(channels) × \(filters)")
      #expect(
        float.elements(as: Float.self).map(Double.init) == expected, "\(groups) × \(channels) × \(filters)")
    }
  }

  @Test("a simple operator is written once for both precisions and layouts")
  func simple() throws {
    let data = Tensor((0..<24).map { Float($0) }, shape: [1, 2, 3, 4])
    for layout in [Layout.logical, .channelsLast] {
      let float = try Negation().evaluate([data], as: Float.self, layout: layout)[0]
      #expect(float.elements(as: Float.self) == (0..<24).map { -Float($0) })
      let double = try Negation().evaluate([data], as: Double.self, layout: layout)[0]
      #expect(double.elements(as: Double.self) == (0..<24).map { -Double($0) })
      #expect(double.shape == data.shape)
    }
  }

  static func reference(_ c: Convolution, _ data: Tensor, _ weight: Tensor, _ bias: Tensor) -> [Double] {
    let (x, w, b) = (
      data.elements(as: Float.self), weight.elements(as: Float.self), bias.elements(as: Float.self)
    )
    let (n, channels, h, width) = (data.shape[0], data.shape[1], data.shape[2], data.shape[3])
    let g = c.geometry
    let (k, s, d, p) = (g.kernel[0], g.stride[0], g.dilation[0], g.padBegin[0])
    let oh = (h + 2 * p - g.extent(0)) / s + 1
    let ow = (width + 2 * p - g.extent(1)) / s + 1
    let cg = channels / c.groups
    let mg = c.filters / c.groups
    var result: [Double] = []
    for image in 0..<n {
      for filter in 0..<c.filters {
        for oy in 0..<oh {
          for ox in 0..<ow {
            var sum = Double(b[filter])
            for channel in 0..<cg {
              for i in 0..<k {
                for j in 0..<k {
                  let (y, xx) = (oy * s - p + i * d, ox * s - p + j * d)
                  guard y >= 0, y < h, xx >= 0, xx < width else { continue }
                  let source = ((image * channels + filter / mg * cg + channel) * h + y) * width + xx
                  sum += Double(x[source]) * Double(w[((filter * cg + channel) * k + i) * k + j])
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return result
  }
}

/// What an operator's author writes for evaluation.
private struct Negation: ExactlyEvaluated {
  static let name = "Negation"
  static let mxnet: MXNetDialect<Negation>? = nil
  static let onnx: ONNXDialect<Negation>? = nil
  var inputs: [InputName] { [InputName("data")] }
  func infer(_ inputs: inout InferredInputs) -> [ValueType] {
    [ValueType(inputs.elementType(0), inputs.shape(0))]
  }

  var layout: LayoutPreference { .any }
  func step<T: Lane>(at site: Site<T>) -> Step<T> { .map { -$0 } }
}
