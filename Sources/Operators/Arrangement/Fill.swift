internal import Bytes
package import Graphs
package import Tensors

/// Evenly spaced numbers: output element i, in memory order, is `start` + i·`step`; with a step of 0 all are equal.
///
/// No input; output: `shape` of `elementType` (ONNX ConstantOfShape-9, Range-11).
package struct Fill: Operator {
  package static let name = "Fill"

  package var shape: [Int]
  package var start: Double
  package var step: Double
  package var elementType: ElementType

  package init(_ shape: [Int], start: Double, step: Double = 0, elementType: ElementType) {
    self.shape = shape
    self.start = start
    self.step = step
    self.elementType = elementType
  }

  package var inputs: [InputName] { [] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    for size in shape { try requireAttribute("shape", size, in: 0...Int.max) }
    guard let shape = Shape(checking: shape), !elementType.isOpaque,
      elementType.byteCount(of: shape.count) != nil
    else {
      throw .attribute("shape", found: "\(elementType) \(self.shape)", expected: "numbers that fit in memory")
    }
    // Whole numbers in between are exact, and so are the ends.
    let last = start + step * Double(max(shape.count - 1, 0))
    guard
      elementType.isFloatingPoint
        || [start, step, last].allSatisfy({ abs($0) <= 0x1p53 && $0 == $0.rounded() })
    else {
      throw .attribute("start", found: "\(start) in steps of \(step)", expected: "numbers of \(elementType)")
    }
    return [ValueType(elementType, PartialShape(shape))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    guard !elementType.isFloatingPoint else {
      let (start, step) = (T(start), T(step))
      return Step { evaluation in
        evaluation.output().forEachChunk(of: 1 << 14, on: evaluation.threads) { first, y, _ in
          for index in y.indices { y[index] = start + T(first + index) * step }
        }
      }
    }
    return Step { evaluation in
      evaluation.write((0..<evaluation.outputCount()).compactMap { Int(checked: start + step * Double($0)) })
    }
  }
}

extension Fill: ExactlyEvaluated, DeterminedByShapes {
  func value(_ inputs: InferredInputs) -> Tensor? {
    guard let shape = Shape(checking: shape), shape.count <= foldingLimit, elementType != .float16,
      elementType != .bfloat16
    else { return nil }
    let numbers = (0..<shape.count).map { start + step * Double($0) }
    switch elementType {
    case .float32: return Tensor(numbers.map { Float($0) }, shape: shape)
    case .float64: return Tensor(numbers, shape: shape)
    default: return Tensor(whole: numbers.compactMap { Int(checked: $0) }, of: elementType, shape: shape)
    }
  }

  package static var mxnet: MXNetDialect<Fill>? { nil }

  /// ONNX `ConstantOfShape` (9 to 25), and `Range` (11, 27) from numbers that are known.
  package static let onnx: ONNXDialect<Fill>? = ONNXDialect(
    names: [ONNXName("ConstantOfShape", since: 9), ONNXName("Range", since: 11)],
    read: { node throws(OperatorError) in
      if node.op == "Range" { return try readRange(&node) }
      try node.requireInputs(1)
      let value = try node.optionalTensor("value")
      let shape = try node.integers(ofInput: 0) ?? []
      node.take([])
      guard let value else { return Fill(shape, start: 0, elementType: .float32) }
      guard value.shape.count == 1, !value.elementType.isOpaque else {
        throw .attribute("value", found: "\(value.elementType) \(value.shape)", expected: "one number")
      }
      return Fill(shape, start: value.converted(to: Double.self)[0], elementType: value.elementType)
    },
    write: { fill, site throws(OperatorError) in try fill.written(at: site) })

  /// Inputs start, limit and step: as many numbers as lie before the limit.
  private func written(at site: ONNXSite) throws(OperatorError) -> [ONNXSpelling] {
    guard step != 0 else {
      let value = try ONNXSpelling.number(start, of: elementType, shape: [1])
      return [ONNXSpelling("ConstantOfShape", [("value", .tensor(value))], inputs: [.integers(shape)])]
    }
    guard shape.count == 1 else {
      throw .attribute("shape", found: "\(shape)", expected: "one dimension, as Range has")
    }
    // Half a step before the next one: no rounding of the quotient adds or loses an element.
    let whole = start + step * Double(shape[0])
    let limit = elementType.isFloatingPoint ? whole - step / 2 : whole
    return [
      ONNXSpelling(
        "Range",
        inputs: [
          .constant(try ONNXSpelling.number(start, of: elementType)),
          .constant(try ONNXSpelling.number(limit, of: elementType)),
          .constant(try ONNXSpelling.number(step, of: elementType)),
        ])
    ]
  }

  private static func readRange(_ node: inout ONNXNode) throws(OperatorError) -> Fill? {
    try node.requireInputs(3)
    node.ignore("stash_type")
    guard let start = try node.number(ofInput: 0), let limit = try node.number(ofInput: 1),
      let step = try node.number(ofInput: 2), let type = try node.constant(0)?.elementType
    else { return nil }
    guard step != 0, let count = Int(checked: ((limit - start) / step).rounded(.up)) else {
      throw OperatorError(
        "start, limit and delta", found: "\(start), \(limit) and \(step)", expected: "finite steps")
    }
    node.take([])
    return Fill([max(count, 0)], start: start, step: step, elementType: type)
  }
}
