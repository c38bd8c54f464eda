import Foundation
import Operators
import Tensors
import TestSupport
import Testing

@Suite("Softmax")
struct SoftmaxTests {
  @Test("exponentials are within 2 ulp of the C library's", arguments: InstructionSet.available)
  func exponentials(set: InstructionSet) throws {
    // A row of 0 and x gives exp(x)/(1 + exp(x)), which is exp(x) itself far below.
    let far: [Float] = (0..<4000).map { -17.4 - Float($0) * 0.0217 }
    let x = far.flatMap { [Float(0), $0] }
    let floats = try Softmax(axis: -1).evaluate(
      [Tensor(x, shape: [far.count, 2])], as: Float.self, in: EvaluationContext(kernels: set.kernels))[0]
    for (place, value) in far.enumerated() {
      let expected = Float(Foundation.exp(Double(value)))
      let found = floats.elements(as: Float.self)[2 * place + 1]
      #expect(abs(found - expected) <= 2 * expected.ulp, "exp(\(value))")
    }
    let doubles = try Softmax(axis: -1).evaluate(
      [Tensor(x.map { Double($0) * 7 }, shape: [far.count, 2])], as: Double.self,
      in: EvaluationContext(kernels: set.kernels))[0]
    for (place, value) in far.enumerated() {
      let expected = Foundation.exp(Double(value) * 7)
      let found = doubles.elements(as: Double.self)[2 * place + 1]
      #expect(abs(found - expected) <= 2 * expected.ulp, "exp(\(Double(value) * 7))")
    }
  }

  @Test("classes stand along any axis, or run to the last", arguments: InstructionSet.available)
  func axes(set: InstructionSet) throws {
    var random = SeededGenerator(seed: 7)
    let shape: Shape = [2, 5, 3, 70]
    let x = (0..<shape.count).map { _ in Double(random.normal()) * 3 }
    for softmax in [
      Softmax(axis: 1), Softmax(axis: -1), Softmax(axis: 2, temperature: 0.5), Softmax(axis: 0),
      Softmax(axis: 2, span: .trailing), Softmax(axis: -3, span: .trailing, temperature: 2),
    ] {
      let axis = softmax.axis < 0 ? softmax.axis + 4 : softmax.axis
      func row(_ place: Int) -> [Int] {
        var p = shape.position(of: place)
        for a in axis..<(softmax.span == .axis ? axis + 1 : 4) { p[a] = 0 }
        return p
      }
      var sums: [[Int]: Double] = [:]
      for place in x.indices {
        sums[row(place), default: 0] += Foundation.exp(x[place] / softmax.temperature)
      }
      for layout in [Layout.logical, .channelsLast] {
        for threads in 1...2 {
          let output = try softmax.evaluate(
            [Tensor(x, shape: shape)], as: Double.self, layout: layout,
            in: EvaluationContext(kernels: set.kernels, threads: Threads(threads)))[0]
          for (place, value) in output.elements(as: Double.self).enumerated() {
            let expected = Foundation.exp(x[place] / softmax.temperature) / (sums[row(place)] ?? 0)
            #expect(abs(value - expected) <= 1e-14 * expected)
          }
        }
      }
    }
  }

  @Test("NaN makes its row NaN and no other, and an infinity leaves nothing to the others")
  func special() throws {
    let x: [Float] = [1, .nan, 2, 0, 0, 0, -.infinity, 0, -.infinity, 1000, 0, -1000]
    let y = try Softmax(axis: 1).evaluate([Tensor(x, shape: [4, 3])], as: Float.self)[0].elements(
      as: Float.self)
    #expect(y[0..<3].allSatisfy { $0.isNaN })
    #expect(y[3..<6].allSatisfy { $0 == Float(1) / 3 })
    #expect(y[6..<9] == [0, 1, 0])
    #expect(y[9..<12] == [1, 0, 0])
  }
}
