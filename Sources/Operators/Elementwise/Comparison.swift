package import Graphs
package import Tensors

/// Whether elements of two tensors stand in an order; a comparison with NaN does not hold, but that of being unequal.
///
/// Inputs: left and right of one type, which repeat their dimensions of 1, aligned at the last; output: booleans of
/// the common shape (ONNX Less-13 and its like).
package struct Comparison: Operator {
  package static let name = "Comparison"

  package enum Relation: String, Codable, Sendable, CaseIterable {
    case equal
    case notEqual
    case less
    case lessOrEqual
    case greater
    case greaterOrEqual
  }

  package var relation: Relation

  package init(_ relation: Relation) { self.relation = relation }

  package var inputs: [InputName] { [InputName("left"), InputName("right")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    guard let left = inputs.shape(0).dimensions, let right = inputs.shape(1).dimensions else {
      return [ValueType(.bool, .unknown)]
    }
    return [ValueType(.bool, PartialShape(try broadcast(left, right, input: "right")))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<2)
    let output = site.output().shape
    let left = StridedView(repeating: site.input(0).shape, to: output)
    let right = StridedView(repeating: site.input(1).shape, to: output)
    let isFloating = site.input(0).elementType.isFloatingPoint
    return Step { evaluation throws(OperatorError) in
      if isFloating {
        compare(evaluation, evaluation.input(0), left, evaluation.input(1), right)
      } else {
        let a = Tensor(try evaluation.integers(0).map(Int64.init), shape: evaluation.tensor(0).shape)
        let b = Tensor(try evaluation.integers(1).map(Int64.init), shape: evaluation.tensor(1).shape)
        compare(evaluation, Elements<Int64>(a), left, Elements<Int64>(b), right)
      }
    }
  }

  private func compare<T: Lane, U: TensorElement & Comparable>(
    _ evaluation: Evaluation<T>, _ a: Elements<U>, _ left: StridedView, _ b: Elements<U>, _ right: StridedView
  ) {
    evaluation.output(0, of: UInt8.self).forEachRow(of: left.rowLength, on: evaluation.threads) { row, y in
      let (a, b) = (a.span, b.span)
      var (place, other) = (left.start(ofRow: row), right.start(ofRow: row))
      for index in y.indices {
        y[index] = relation.holds(a[place], b[other]) ? 1 : 0
        place += left.rowStride
        other += right.rowStride
      }
    }
  }
}

extension Comparison.Relation {
  func holds<U: Comparable>(_ a: U, _ b: U) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

extension Comparison: ExactlyEvaluated {
  package static var mxnet: MXNetDialect<Comparison>? { nil }

  /// ONNX has an operator for each relation but `notEqual`.
  package static let onnx: ONNXDialect<Comparison>? = ONNXDialect(
    names: [
      ONNXName("Equal", since: 7), ONNXName("Less", since: 7), ONNXName("Greater", since: 7),
      ONNXName("LessOrEqual", since: 12), ONNXName("GreaterOrEqual", since: 12),
    ],
    read: { node throws(OperatorError) in
      try node.requireInputs(2)
      let name = node.op.prefix(1).lowercased() + node.op.dropFirst()
      return Relation(rawValue: name).map(Comparison.init)
    },
    write: { comparison, site throws(OperatorError) in
      let name = comparison.relation.rawValue
      if name.hasSuffix("OrEqual") { try site.requireOpset(12, "LessOrEqual and GreaterOrEqual") }
      guard comparison.relation != .notEqual else {
        return [
          ONNXSpelling("Equal", inputs: [.input(0), .input(1)]), ONNXSpelling("Not", inputs: [.node(0)]),
        ]
      }
      return [
        ONNXSpelling(name.prefix(1).uppercased() + name.dropFirst(), inputs: [.input(0), .input(1)])
      ]
    })
}
