import Graphs
import Operators
import Rewrites
import Tensors
import TestSupport
import Testing

@Suite("Lowered operators computed by our own engine")
struct SimpleLoweringTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let operation: any Operator
    let shapes: [Shape]
    var testDescription: String { name }

    init(_ name: String, _ operation: any Operator, _ shapes: Shape...) {
      self.name = name
      self.operation = operation
      self.shapes = shapes
    }
  }

  private static let window = ConvolutionGeometry(
    kernel: [4, 4], stride: [2, 2], dilation: [1, 1], padBegin: [0, 0], padEnd: [0, 0])

  /// What the engine has all the parts of.
  static let cases: [Case] = [
    Case("a crop to another map's size", Crop(offset: [1, 2]), [1, 2, 7, 9], [1, 3, 4, 5]),
    Case("a crop in the middle", Crop(size: [3, 4], isCentered: true), [1, 2, 6, 9]),
    Case("the first elements, like another's", SliceLike(axes: [2, -1]), [1, 2, 5, 7], [1, 2, 3, 4]),
    Case("a shape that multiplies and splits", Reshape([0, -4, 2, -1, -3]), [1, 6, 4, 5]),
    Case("a shape that copies the rest", Reshape([-3, -2]), [1, 6, 4, 5]),
    Case("a shape from behind", Reshape([-1, 0, 0], reversed: true), [1, 6, 4, 5]),
    Case("swapped axes", SwapAxes(-1, 1), [1, 6, 4, 5]),
    Case("classes of one row", Softmax(axis: 1, span: .trailing, hasLabel: true), [1, 3, 2, 4], [1]),
    Case("classes along the channels", Softmax(axis: 1, hasLabel: true), [1, 3, 2, 4], [1, 8]),
    Case("classes at a temperature", Softmax(axis: -1, temperature: 0.5), [1, 3, 2, 4]),
    Case(
      "a gamma that counts as 1", BatchNorm(epsilon: 1e-3, fixGamma: true), [1, 3, 2, 4], [3], [3], [3], [3]),
    Case("the norm of an image", L2Normalization(.instance, epsilon: 1e-10), [1, 3, 2, 4]),
    Case("the norm of a position", L2Normalization(.channel, epsilon: 1e-10), [1, 3, 2, 4]),
    Case("the norm of a channel", L2Normalization(.spatial, epsilon: 1e-10), [1, 3, 2, 4]),
    Case("a loss in three pieces", SmoothL1(sigma: 3), [1, 3, 5, 7]),
    Case("repeated elements", UpSampling(nearest: 3), [1, 2, 4, 5]),
    Case("joined maps", UpSampling(nearest: 2, count: 2), [1, 2, 4, 6], [1, 3, 2, 3]),
    Case(
      "summed maps", UpSampling(nearest: 2, count: 3, combination: .sum), [1, 2, 4, 6], [1, 2, 2, 3],
      [1, 2, 8, 12]),
    Case("learned upsampling", UpSampling(bilinear: 2, filters: 3), [1, 3, 4, 5], [3, 1, 4, 4]),
    Case("a map of given size", BilinearResize(size: [5, 6], alignsCorners: false), [1, 2, 3, 4]),
    Case("a map as large as another", BilinearResize(alignsCorners: true), [1, 2, 3, 4], [1, 1, 7, 5]),
    Case("a map by factors", BilinearResize(scales: [1.5, 2], alignsCorners: true), [1, 2, 3, 4]),
    Case(
      "a deconvolution to a target",
      Deconvolution(geometry: window, targetShape: [9, 12], filters: 2, hasBias: false),
      [1, 3, 4, 6], [3, 2, 4, 4]),
  ]

  @Test("what is rewritten without sizes gives the same", arguments: cases)
  func same(_ test: Case) throws {
    var generator = SeededGenerator(seed: 7)
    let tensors = test.shapes.enumerated().map { index, shape -> Tensor in
      // A variance is positive.
      test.operation is BatchNorm && index == 4
        ? Tensor([1, 2, 3] as [Float], shape: shape) : generator.tensor(shape)
    }
    let single = SingleOperator(test.operation, tensors)
    let expected = try single.outputs(of: single.model)[0]
    for target in ONNXTarget.allCases {
      let lowered = try single.model.lowered(for: target, given: single.openTypes)
      #expect(lowered.graph.nodes.allSatisfy { $0.operation is Deferred || $0.operation is BatchNorm })
      #expect(lowered.graph.outputs.map { lowered.graph[$0].name } == ["node_output"])
      let found = try single.outputs(of: lowered)[0]
      #expect(found.shape == expected.shape)
      // Sums run in another order at most.
      for (a, b) in zip(found.elements(as: Float.self), expected.elements(as: Float.self)) {
        #expect(abs(a - b) <= 4 * Float.ulpOfOne * max(1, abs(b)), "\(a) instead of \(b)")
      }
    }
  }

  @Test("a label that only training reads is no input any more")
  func labels() throws {
    let data = Tensor([1, 2, 3] as [Float], shape: [1, 3])
    let single = SingleOperator(Softmax(axis: 1, hasLabel: true), [data, Tensor([0] as [Float], shape: [1])])
    let lowered = try single.model.lowered(for: .onnxruntime)
    #expect(lowered.inputs.map { lowered.graph[$0].name } == ["data"])
  }

  @Test("values keep their names in traces, numbered as in the source where they repeat")
  func names() throws {
    var model = Model(provenance: Provenance())
    let data = model.graph.addVariable("data")
    func node(_ operation: any Operator, _ input: Graph.ValueID) -> Graph.ValueID {
      model.graph.addNode("same", operation, inputs: [input], outputNames: ["same_output"])[0]
    }
    let first = node(SmoothL1(sigma: 1), data)
    model.graph.setOutputs([node(SmoothL1(sigma: 2), first)])
    let lowered = try model.lowered(for: .onnxruntime)
    let names = lowered.graph.values.map(\.name)
    #expect(Set(names).count == names.count)
    for id in [first] + model.graph.outputs {
      #expect(names.contains(try #require(model.graph.traceNames[id])))
    }
  }

  @Test("kept compact, what ONNX has is written in ONNX all the same, and what it lacks stays one node")
  func compact() throws {
    let operators: [(any Operator, [Tensor], String)] = [
      (SwapAxes(0, 1), [Tensor([1, 2] as [Float], shape: [1, 2])], "Transpose"),
      (
        PSROIPooling(spatialScale: 1, outputDim: 1, pooledSize: 1, groupSize: 1),
        [Tensor([1] as [Float], shape: [1, 1, 1, 1]), Tensor([0, 0, 0, 1, 1] as [Float], shape: [1, 5])],
        "PSROIPooling"
      ),
    ]
    for (operation, tensors, name) in operators {
      let single = SingleOperator(operation, tensors)
      let lowered = try single.model.lowered(for: .onnxruntime, given: single.openTypes, keepsCustom: true)
      let found = lowered.graph.nodes.map { ($0.operation as? Deferred)?.op ?? $0.operation.name }
      #expect(found == [name])
    }
  }

  @Test("a number of dimensions that nobody knows is asked for")
  func unknownRank() throws {
    let single = SingleOperator(SwapAxes(0, 1), [Tensor([1] as [Float], shape: [1, 1])])
    let error = #expect(throws: NodeError.self) { try single.model.lowered(for: .onnxruntime) }
    #expect(error?.description.contains("give its shape") == true)
  }
}
