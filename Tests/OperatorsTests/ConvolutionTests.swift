import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  @Test("attributes survive the way to the neutral form and back")
  func roundTrip() throws {
    let operation = try #require(OperatorTable.mxnet("Convolution")).read(
      mxnet: "Convolution",
      attributes: ["kernel": "(3L, 3L)", "num_filter": "8", "pad": "[1,1]", "no_bias": "True"])
    let again = try #require(try OperatorTable.make(operation.name, operation.attributes))
    #expect(again as? Convolution == operation as? Convolution)
    #expect(operation.attributes["kernel"] == .list([.integer(3), .integer(3)]))
    #expect(operation.attributes["hasBias"] == .boolean(false))
  }

  @Test("the weight's shape follows from the data's channels")
  func inference() throws {
    let convolution = Convolution(
      geometry: ConvolutionGeometry(
        kernel: [3, 3], stride: [2, 2], dilation: [1, 1], padBegin: [1, 1], padEnd: [1, 1]),
      groups: 2, filters: 6, hasBias: false)
    var inputs = InferredInputs(
      types: [ValueType(.float32, PartialShape([1, 4, 9, nil])), .unknown], constants: [nil, nil],
      names: convolution.inputs)
    let output = try convolution.infer(&inputs)
    #expect(output == [ValueType(.float32, PartialShape([1, 6, 5, nil]))])
    #expect(inputs.shape(1) == PartialShape([6, 2, 3, 3]))
  }
}
