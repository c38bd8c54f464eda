package import Graphs
package import Tensors

/// Elements of one tensor where a condition holds, of another elsewhere.
///
/// Inputs: condition of booleans, left and right of one type; all repeat their dimensions of 1, aligned at the last
/// (ONNX Where-16). Output: their common shape.
package struct Where: Operator {
  package static let name = "Where"

  package init() {}

  package var inputs: [InputName] { [InputName("condition"), InputName("left"), InputName("right")] }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    let type = inputs.elementType(1) ?? inputs.elementType(2)
    guard let condition = inputs.shape(0).dimensions, let left = inputs.shape(1).dimensions,
      let right = inputs.shape(2).dimensions
    else { return [ValueType(type, .unknown)] }
    let chosen = try broadcast(left, right, input: "right")
    return [ValueType(type, PartialShape(try broadcast(chosen, condition, input: "condition")))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 1..<3)
    guard site.input(0).elementType == .bool else {
      throw .input("condition", found: "\(site.input(0).elementType.rawValue) elements", expected: "booleans")
    }
    let views = (0..<3).map { StridedView(repeating: site.input($0).shape, to: site.output().shape) }
    return .moving(Choice(condition: views[0], left: views[1], right: views[2]))
  }
}

private struct Choice: ElementMove {
  let condition: StridedView
  let left: StridedView
  let right: StridedView

  func run<T: Lane, U: TensorElement>(_ evaluation: Evaluation<T>, as word: U.Type) {
    let conditions = evaluation.words(0, as: UInt8.self)
    let (lefts, rights) = (evaluation.words(1, as: word), evaluation.words(2, as: word))
    evaluation.outputWords(0, as: word).forEachRow(of: left.rowLength, on: evaluation.threads) { row, y in
      let (a, b, c) = (lefts.span, rights.span, conditions.span)
      let starts = (left.start(ofRow: row), right.start(ofRow: row), condition.start(ofRow: row))
      for index in y.indices {
        y[index] =
          c[starts.2 + index * condition.rowStride] != 0
          ? a[starts.0 + index * left.rowStride] : b[starts.1 + index * right.rowStride]
      }
    }
  }
}

extension Where: ExactlyEvaluated {
  package static var mxnet: MXNetDialect<Where>? { nil }

  /// ONNX `Where` (9, 16).
  package static let onnx: ONNXDialect<Where>? = ONNXDialect(
    names: [ONNXName("Where", since: 9)],
    read: { node throws(OperatorError) in
      try node.requireInputs(3)
      return Where()
    },
    write: { _, _ throws(OperatorError) in
      [ONNXSpelling("Where", inputs: [.input(0), .input(1), .input(2)])]
    })
}
