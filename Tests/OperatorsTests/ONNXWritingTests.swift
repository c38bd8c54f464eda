import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing

@Suite("Operators as ONNX writes them")
struct ONNXWritingTests {
  /// Operators with the inputs that they are written for.
  struct Example {
    let operation: any Operator
    let inputs: [PartialShape]

    init(_ operation: any Operator, _ shapes: [Int?]...) {
      self.operation = operation
      inputs = shapes.map { PartialShape($0) }
    }
  }

  static let map: [Int?] = [1, 6, 9, nil]
  static let window = OperatorExamples.geometry

  /// What one node says, and reads back as the same operator.
  static let single: [Example] =
    [
      Example(Convolution(geometry: window, groups: 2, filters: 6, hasBias: true), map, [6, 3, 3, 2], [6]),
      Example(
        Deconvolution(geometry: window, adjustment: [1, 0], groups: 2, filters: 6, hasBias: false), map,
        [6, 3, 3, 2]),
      Example(
        DeformableConvolution(
          geometry: window, groups: 2, deformableGroups: 3, filters: 6, hasBias: true, hasMask: true,
          border: .zero), map, [1, 36, nil, nil], [1, 18, nil, nil], [6, 3, 3, 2], [6]),
      Example(
        DeformableConvolution(
          geometry: window, filters: 6, hasBias: false, hasMask: false, border: .zero), map,
        [1, 12, nil, nil], [6, 6, 3, 2]),
      Example(
        DeformableConvolution(
          geometry: window, filters: 6, hasBias: false, hasMask: true, border: .zero), map,
        [1, 12, nil, nil], [1, 6, nil, nil], [6, 6, 3, 2]),
      Example(FullyConnected(units: 7, hasBias: true, flattens: false), [nil, 5], [7, 5], [7]),
      Example(MatrixProduct(), [nil, 2, 3], [3, 4]),
      Example(
        MatrixProduct(transposesLeft: true, hasAddend: true, scale: 0.5, addendScale: 2), [3, 2], [3, 4], [4]),
      Example(
        BatchNorm(epsilon: Double(Float(1e-5)), fixGamma: false), map, [6], [6], [6], [6]),
      Example(
        LRN(size: 5, alpha: Double(Float(0.0001)), beta: 0.75, bias: 2), map),
      Example(
        Pooling(.average, geometry: padded, convention: .inside, divisor: .inside), map),
      Example(Pooling(.average, geometry: padded), map), Example(Pooling(.max, geometry: padded), map),
      Example(Pooling.global(.average), map), Example(Pooling.global(.max), map),
      Example(HardSigmoid(alpha: Double(Float(0.3)), beta: 0.25), map), Example(HardSwish(), map),
      Example(LeakyReLU(.leaky, slope: Double(Float(0.1))), map), Example(LeakyReLU(.elu, slope: 2), map),
      Example(LeakyReLU(.selu), map), Example(LeakyReLU(.gelu), map),
      Example(LeakyReLU(.prelu), map, [1]), Example(LeakyReLU(.prelu, gammaPlacement: .last), map, [7]),
      Example(Softmax(axis: -1), map), Example(Softmax(axis: 1), map),
      Example(AddN(count: 3), [2, 3], [2, 3], [2, 3]), Example(Cast(to: .float16), map),
      Example(Clip(minimum: -.infinity, maximum: 6), map), Example(Clip(minimum: -1, maximum: 1), map),
      Example(Dropout(rate: Double(Float(0.3))), map), Example(Identity(), map),
      Example(ScalarArithmetic(.power, 2.5), map), Example(Where(), map, map, map),
      Example(Concat(count: 4, axis: -1), map, map, map, map), Example(Expand([3, 1, 4]), [1, 4]),
      Example(ExpandDims(axes: [0, 2]), map), Example(Flatten(axis: 2), map),
      Example(Fill([2, 3], start: 2, elementType: .int64)),
      Example(Fill([5], start: 1, step: 2, elementType: .int64)),
      Example(Fill([3], start: 0.1, step: 0.1, elementType: .float64)), Example(Gather(axis: -1), map, [2]),
      Example(Pad(.reflect, padBegin: [0, 0, 1, 2], padEnd: [0, 0, 2, 1]), map),
      Example(Pad(.constant, padBegin: [0, 0, 1, 2], padEnd: [0, 0, 2, 1], value: 0.5), map),
      Example(Pad(.wrap, padBegin: [0, 0, 1, 2], padEnd: [0, 0, 2, 1]), map),
      Example(Reshape([0, -1, 2]), map), Example(Reshape([]), [1]),
      Example(Reshape([0, 3], allowsZero: true), [0, 5]), Example(ShapeOf(), map),
      Example(ShapeOf(start: 1, end: -1), map),
      Example(Slice(axes: [1, 3], begin: [2, .max], end: [.max, .min], step: [1, -2]), map),
      Example(Split(count: 2, axis: 1, sizes: [2, 4]), map), Example(Split(count: 3, axis: 1), map),
      Example(Squeeze(axes: [0], keepsOneDimension: false), map),
      Example(Squeeze(axes: [], keepsOneDimension: false), map), Example(Transpose(axes: [0, 2, 3, 1]), map),
      Example(Transpose(axes: []), map),
      Example(
        Reduction(.mean, axes: [2, 3], keepsDimensions: true, keepsOneDimension: false), map),
      Example(Reduction(.sum, axes: [0], keepsOneDimension: false), map),
      Example(Reduction(.max, axes: [], keepsOneDimension: false), map),
      Example(ArgMax(.min, axis: 1, keepsOneDimension: false, elementType: .int64), map),
      Example(ROIPooling(pooledSize: [7, 6], spatialScale: 0.0625), map, [5, 5]),
      Example(
        ROIAlign(
          pooledSize: [3, 4], spatialScale: 0.25, samplingRatio: 2, coordinates: .halfPixel,
          function: .maximumOfWeighted, hasBatchIndices: true), map, [5, 4], [5]),
      Example(
        ROIAlign(pooledSize: [3, 4], spatialScale: 0.25, coordinates: .corner, hasBatchIndices: true), map,
        [5, 4], [5]),
      Example(GridSample(.cubic, padding: .reflection, alignsCorners: true), map, [1, 3, 4, 2]),
      Example(Resize(.nearest, axes: [2, 3], scales: [2, 1.5], rounding: .halfUp), map),
      Example(Resize(.linear, axes: [2, 3], sizes: [5, 6], coordinates: .alignedCorners), map),
      Example(Resize(.linear, axes: [2, 3], sizes: [5, 6], antialiases: true), map),
      Example(
        Resize(
          .cubic, axes: [0, 2, 3], sizes: [1, 5, 6], coordinates: .region, aspectRatio: .withinSizes,
          coefficient: -0.5, excludesOutside: true, region: [0, 0.25, 0.5, 1, 0.75, 0.875], extrapolation: 9),
        map),
      Example(IndexedMaxPooling(geometry: padded, convention: .inside, order: .columnMajor), map),
    ]
    + Activation.Function.allCases.map { Example(Activation($0), map) }
    + Binary.Function.allCases.map { Example(Binary($0, broadcasts: true), map, map) }
    + Variadic.Function.allCases.map { Example(Variadic($0, count: 3), map, map, map) }
    + Comparison.Relation.allCases.filter { $0 != .notEqual }.map { Example(Comparison($0), map, map) }
    + [
      Unary.Function.abs, .negative, .sign, .reciprocal, .sqrt, .exp, .log, .sin, .cos, .tan, .erf, .floor,
      .ceil,
    ].map { Example(Unary($0), map) }

  static let padded = ConvolutionGeometry(
    kernel: [3, 2], stride: [2, 1], dilation: [1, 1], padBegin: [1, 0], padEnd: [1, 1])

  /// What is read of a spelling in an operator set.
  private func read(
    _ spelling: ONNXSpelling, of example: Example, opset: Int
  ) throws -> (operation: any Operator, inputs: [Int])? {
    var places: [Int?] = []
    var inputs: [ONNXNode.Input?] = []
    for input in spelling.inputs {
      switch input {
      case .input(let index):
        places.append(index)
        inputs.append(ONNXNode.Input(type: ValueType(.float32, example.inputs[index]), constant: nil))
      case .constant(let tensor):
        places.append(nil)
        inputs.append(ONNXNode.Input(type: ValueType(tensor), constant: tensor))
      case .node, .none:
        places.append(nil)
        inputs.append(nil)
      }
    }
    while let last = inputs.last, last == nil { inputs.removeLast() }
    let count = example.operation is IndexedMaxPooling ? 2 : (example.operation as? Split)?.count ?? 1
    let node = ONNXNode(
      op: spelling.op, domain: spelling.domain, version: opset,
      attributes: ONNXNode.Attributes(uniqueKeysWithValues: spelling.attributes.map { ($0.name, $0.value) }),
      inputs: inputs, outputCount: count)
    return try OperatorTable.read(onnx: node).map { ($0.operation, $0.inputs.compactMap { places[$0] }) }
  }

  @Test(
    "a node reads back as the same operator of the same inputs", arguments: ONNXWritingTests.single.indices)
  func roundTrip(_ index: Int) throws {
    let example = Self.single[index]
    for opset in [19, 20, 21, 28] {
      if opset < 20, (example.operation as? LeakyReLU)?.function == .gelu { continue }
      let site = ONNXSite(opset: opset, inputs: example.inputs.map { ValueType(.float32, $0) })
      let spellings = try example.operation.onnxSpelling(at: site)
      #expect(spellings.count == 1)
      let again = try #require(try read(spellings[0], of: example, opset: opset), "\(spellings)")
      #expect(again.operation.isEqual(to: example.operation), "\(again) and \(example), \(spellings)")
      #expect(again.inputs == Array(example.inputs.indices), "\(spellings)")
    }
  }

  @Test("operators that ONNX says in several nodes, and in other words")
  func several() throws {
    func ops(_ operation: any Operator, _ shapes: [Int?]...) throws -> [String] {
      let site = ONNXSite(opset: 21, inputs: shapes.map { ValueType(.float32, PartialShape($0)) })
      return try operation.onnxSpelling(at: site).map(\.op)
    }
    #expect(
      try ops(FullyConnected(units: 7, hasBias: true), [1, 2, 3, 4], [7, 24], [7]) == ["Flatten", "Gemm"])
    #expect(
      try ops(FullyConnected(units: 7, hasBias: true, flattens: false), [1, 2, 3], [7, 3], [7])
        == ["Transpose", "MatMul", "Add"])
    #expect(try ops(LeakyReLU(.prelu), Self.map, [6]) == ["Reshape", "PRelu"])
    #expect(try ops(Unary(.rsqrt), [2]) == ["Sqrt", "Reciprocal"])
    #expect(try ops(Comparison(.notEqual), [2], [2]) == ["Equal", "Not"])
    #expect(try ops(ArgMax(.max, axis: 1, keepsOneDimension: true), [1, 2, 3]) == ["ArgMax", "Cast"])
    #expect(
      try ops(ArgMax(.max, axis: nil, keepsOneDimension: true), [1, 2, 3]) == ["Reshape", "ArgMax", "Cast"])
    #expect(try ops(Reduction(.sum, axes: [], keepsOneDimension: true), [2, 3]) == ["ReduceSum", "Reshape"])
    #expect(try ops(ScalarArithmetic(.subtract, 1, scalarIsLeft: true), [2]) == ["Sub"])
    // The last window never starts behind the map.
    #expect(try ops(Pooling(.max, geometry: Self.padded, convention: .full), Self.map) == ["MaxPool"])
  }

  @Test("what ONNX computes otherwise is refused, not written")
  func refused() {
    func fails(_ operation: any Operator, opset: Int = 21, _ shapes: [Int?]...) -> Bool {
      let site = ONNXSite(opset: opset, inputs: shapes.map { ValueType(.float32, PartialShape($0)) })
      return (try? operation.onnxSpelling(at: site)) == nil
    }
    let closed = DeformableConvolution(
      geometry: Self.window, filters: 6, hasBias: false, hasMask: false, border: .closed)
    #expect(fails(closed, Self.map, [1, 12, nil, nil], [6, 6, 3, 2]))
    var zero = closed
    zero.border = .zero
    #expect(fails(zero, opset: 18, Self.map, [1, 12, nil, nil], [6, 6, 3, 2]))
    #expect(fails(BatchNorm(epsilon: 1e-5, fixGamma: true), Self.map, [6], [6], [6], [6]))
    #expect(fails(Unary(.round), [2]))
    #expect(fails(Reshape([-3, 0]), [2, 3]))
    #expect(fails(Softmax(axis: 1, span: .trailing), Self.map))
    #expect(fails(Proposal(stride: 16, selection: OperatorExamples.selection), Self.map, Self.map, [1, 3]))
    let gap = ConvolutionGeometry(
      kernel: [1, 1], stride: [3, 3], dilation: [1, 1], padBegin: [0, 0], padEnd: [0, 0])
    #expect(fails(Pooling(.max, geometry: gap, convention: .full), Self.map))
  }

  @Test("the compact form of any operator reads back as the same", arguments: OperatorExamples.all.indices)
  func custom(_ index: Int) throws {
    let operation = OperatorExamples.all[index]
    let spelling = ONNXCustomForm.spelling(of: operation)
    let node = ONNXNode(
      op: spelling.op, domain: spelling.domain, version: 1,
      attributes: ONNXNode.Attributes(uniqueKeysWithValues: spelling.attributes.map { ($0.name, $0.value) }),
      inputs: operation.inputs.map { _ in ONNXNode.Input(type: .unknown, constant: nil) }, outputCount: 1)
    let again = try #require(try OperatorTable.read(onnx: node))
    #expect(again.operation.isEqual(to: operation), "\(again) and \(operation)")
  }
}
