import Graphs
import Operators
import OrderedCollections
import Tensors
import Testing

@Suite("Spellings of ONNX operators")
struct ONNXSpellingTests {
  /// A node whose inputs are shapes or values that are known.
  private func node(
    _ op: String, _ version: Int, _ attributes: ONNXNode.Attributes = [:], _ inputs: [ONNXNode.Input?],
    outputs: Int = 1
  ) -> ONNXNode {
    ONNXNode(
      op: op, domain: "", version: version, attributes: attributes, inputs: inputs, outputCount: outputs)
  }

  private func data(_ shape: [Int?], _ type: ElementType = .float32) -> ONNXNode.Input {
    ONNXNode.Input(type: ValueType(type, PartialShape(shape)), constant: nil)
  }

  private func known(_ values: [Int64]) -> ONNXNode.Input {
    let tensor = Tensor(values, shape: [values.count])
    return ONNXNode.Input(type: ValueType(tensor), constant: tensor)
  }

  private func number(_ value: Float) -> ONNXNode.Input {
    let tensor = Tensor([value], shape: [])
    return ONNXNode.Input(type: ValueType(tensor), constant: tensor)
  }

  private func operation(_ node: ONNXNode) throws -> any Operator {
    try #require(try OperatorTable.read(onnx: node)).operation
  }

  @Test("RoiAlign has half pixels since operator set 16, and means the same in 22")
  func regions() throws {
    let inputs = [data([1, 3, 9, 9]), data([4, 4]), data([4], .int64)]
    func read(_ version: Int, _ attributes: ONNXNode.Attributes = [:]) throws -> ROIAlign? {
      try operation(node("RoiAlign", version, attributes, inputs)) as? ROIAlign
    }
    #expect(try read(10)?.coordinates == .corner)
    #expect(try read(16)?.coordinates == .halfPixel)
    #expect(try read(22) == read(16))
    let corner: ONNXNode.Attributes = ["coordinate_transformation_mode": .text("output_half_pixel")]
    #expect(try read(22, corner)?.coordinates == .corner)
    #expect(try read(22, ["mode": .text("max")])?.function == .maximumOfWeighted)
    #expect(throws: OperatorError.self) { try read(10, corner) }
  }

  @Test("what training computes is read as nothing here")
  func training() throws {
    let map = data([1, 3, 9, 9])
    let statistics = [map] + Array(repeating: data([3]), count: 4)
    let refused = [
      node("BatchNormalization", 14, ["training_mode": .integer(1)], statistics),
      node("BatchNormalization", 9, [:], statistics, outputs: 5),
      node("BatchNormalization", 7, ["spatial": .integer(0)], statistics),
      node("Dropout", 13, [:], [map, number(0.5), number(1)]),
      node("ArgMax", 12, ["select_last_index": .integer(1)], [map]),
    ]
    for node in refused { #expect(try OperatorTable.read(onnx: node) == nil, "\(node.op) \(node.version)") }
  }

  @Test("inputs that an operator set does not have, and attributes that it lost, are refused")
  func foreign() throws {
    let map = data([1, 3, 9, 9])
    let malformed = [
      node("Clip", 6, [:], [map, number(0)]), node("Clip", 11, ["min": .float(0)], [map]),
      node("Squeeze", 11, [:], [map, known([0])]), node("Squeeze", 13, ["axes": .integers([0])], [map]),
      node("Split", 13, ["split": .integers([1, 2])], [map], outputs: 2),
      node("ReduceSum", 13, ["axes": .integers([1])], [map]),
      node("ReduceMean", 17, [:], [map, known([1])]),
      node("Slice", 9, [:], [map, known([0]), known([1])]),
      node("Resize", 13, ["antialias": .integer(1)], [map, nil, nil, known([1, 3, 4, 4])]),
      node("Reshape", 14, ["allowzero": .integer(1)], [data([0, 3]), known([0, -1])]),
      node("Shape", 13, ["start": .integer(1)], [map]),
      node("Upsample", 9, ["mode": .text("cubic")], [map, known([1, 1, 2, 2])]),
      node("GridSample", 20, ["mode": .text("bilinear")], [map, data([1, 4, 4, 2])]),
      node("Conv", 11, ["auto_pad": .text("SAME")], [map, data([4, 3, 3, 3])]), node("Relu", 13, [:], []),
    ]
    for node in malformed {
      #expect(throws: OperatorError.self, "\(node.op) \(node.version)") {
        try OperatorTable.read(onnx: node)
      }
    }
  }

  @Test("a shape that only running shows defers the operator, and becomes it when it is known")
  func deferred() throws {
    let shape = ONNXNode.Input(type: ValueType(.int64, PartialShape([3])), constant: nil)
    let reading = try #require(
      try OperatorTable.read(onnx: node("Reshape", 13, [:], [data([2, 3, 4]), shape])))
    let deferred = try #require(reading.operation as? Deferred)
    let value = Tensor([0, -1, 2] as [Int64], shape: [3])
    let inputs = InferredInputs(
      types: [ValueType(.float32, PartialShape([2, 3, 4])), ValueType(value)], constants: [nil, value],
      names: deferred.inputs)
    let resolved = try #require(try deferred.resolved(inputs))
    #expect(resolved.operation as? Reshape == Reshape([0, -1, 2]))
    #expect(resolved.inputs == [0])
  }

  @Test("an exponent of one number, of whatever type, becomes an attribute")
  func powers() throws {
    let exponent = Tensor([3] as [Int64], shape: [])
    let reading = try #require(
      try OperatorTable.read(
        onnx: node(
          "Pow", 13, [:], [data([2, 3]), ONNXNode.Input(type: ValueType(exponent), constant: exponent)])))
    #expect(reading.operation as? ScalarArithmetic == ScalarArithmetic(.power, 3))
    #expect(try operation(node("Pow", 13, [:], [data([2, 3]), data([2, 3])])) is Binary)
  }

  @Test("types that an operator does not compute with are refused before it sees them")
  func types() throws {
    let whole = Tensor([1, 2, 3, 4] as [Int64], shape: [1, 1, 2, 2])
    let real = Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
    let operations: [(any Operator, [Tensor])] = [
      (Activation(.tanh), [whole]), (Softmax(axis: 1), [whole]), (HardSwish(), [whole]),
      (Binary(.add, broadcasts: true), [real, whole]), (Comparison(.less), [whole, real]),
      (Where(), [whole, real, real]), (Concat(count: 2, axis: 1), [real, whole]),
      (Gather(axis: 2), [real, real]), (Variadic(.maximum, count: 3), [real, whole, real]),
      (MatrixProduct(), [real, whole]), (MatrixProduct(scale: 0.5), [whole, whole]),
      (Pooling.global(.average), [whole]),
      (Resize(.linear, axes: [2], sizes: [3]), [whole]),
      (GridSample(.linear, padding: .zeros, alignsCorners: false), [real, whole]),
    ]
    for (operation, inputs) in operations {
      #expect(throws: OperatorError.self, "\(operation)") { try operation.evaluate(inputs, as: Float.self) }
    }
  }

  @Test("Gemm of whole numbers is the general product, and wraps around")
  func wholeProducts() throws {
    let weight = Tensor([1, 2, 3, .max] as [Int64], shape: [2, 2])
    let reading = try operation(
      node(
        "Gemm", 13, ["transB": .integer(1), "beta": .float(3)],
        [
          data([1, 2], .int64), ONNXNode.Input(type: ValueType(weight), constant: weight),
          data([2], .int64),
        ]))
    #expect(reading is MatrixProduct)
    let left = Tensor([5, 2] as [Int64], shape: [1, 2])
    let addend = Tensor([10, -1] as [Int64], shape: [2])
    let result = try reading.evaluate([left, weight, addend], as: Float.self)[0]
    #expect(result.elements(as: Int64.self) == [39, 10])
  }

  @Test("bounds of Clip that are the wrong way round make every number the upper one")
  func reversedBounds() throws {
    let map = data([1, 3, 9, 9])
    #expect(
      try operation(node("Clip", 12, [:], [map, number(2), number(-1)])) as? Clip
        == Clip(minimum: -1, maximum: -1))
  }

  @Test("copies of a tensor that are too many to list are refused")
  func manyCopies() {
    let one = Tensor([1, 2] as [Float], shape: [2])
    #expect(throws: OperatorError.self) {
      try Pad(.wrap, padBegin: [0], padEnd: [1 << 20]).evaluate([one], as: Float.self)
    }
    #expect(throws: OperatorError.self) {
      try Resize(
        .linear, axes: [0], scales: [0x1p-30], coordinates: .region, region: [0, 0x1p31],
        antialiases: true
      ).evaluate([one], as: Float.self)
    }
  }

  @Test("an output that no memory can hold is refused before anything is made for it")
  func large() {
    let one = Tensor([1] as [Float], shape: [1, 1, 1, 1])
    let operations: [(any Operator, [Tensor])] = [
      (Expand([1 << 20, 1 << 20, 1 << 20]), [one]),
      (Fill([1 << 50], start: 1, elementType: .int64), []),
      (Fill([1 << 50], start: 0, elementType: .float32), []),
      (Resize(.linear, axes: [2, 3], sizes: [1 << 24, 1 << 24]), [one]),
      (Resize(.nearest, axes: [2], scales: [0x1p30]), [one]),
      (Pad(.constant, padBegin: [0, 0, 0x7FFF_FFFF, 0x7FFF_FFFF], padEnd: [0, 0, 0, 0]), [one]),
    ]
    for (operation, inputs) in operations {
      #expect(throws: OperatorError.self, "\(operation)") { try operation.evaluate(inputs, as: Float.self) }
    }
  }
}
