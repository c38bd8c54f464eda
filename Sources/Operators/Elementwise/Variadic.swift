package import Graphs
package import Tensors

/// One number of several tensors' elements, whose dimensions of 1 are repeated, aligned at the last.
///
/// Inputs: tensors of one type; output: their common shape. The function is applied in order, from the first two on
/// (ONNX Sum-13, Max-13, Min-13).
package struct Variadic: Operator {
  package static let name = "Variadic"

  package enum Function: String, Codable, Sendable, CaseIterable {
    case sum
    case maximum
    case minimum
  }

  package var function: Function
  package var count: Int

  package init(_ function: Function, count: Int) {
    self.function = function
    self.count = count
  }

  package var inputs: [InputName] { .numbered(count) }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("count", count, in: inputCountRange)
    var output: [Int?] = []
    for index in 0..<count {
      guard let dimensions = inputs.shape(index).dimensions else {
        return [ValueType(inputs.elementType(0), .unknown)]
      }
      output = try broadcast(output, dimensions, input: "input\(index)")
    }
    return [ValueType(inputs.elementType(0), PartialShape(output))]
  }

  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<count)
    let shape = site.output().shape
    let views = (0..<count).map { StridedView(repeating: site.input($0).shape, to: shape) }
    guard site.output().elementType.isFloatingPoint else { return integerStep(views) }
    return Step { evaluation in
      let inputs = views.indices.map { evaluation.input($0) }
      evaluation.output().forEachRow(of: views[0].rowLength, on: evaluation.threads) { row, y in
        for (index, view) in views.enumerated() {
          let input = inputs[index]
          let x = input.span
          let start = view.start(ofRow: row)
          for place in y.indices {
            let value = x[start + place * view.rowStride]
            y[place] = index == 0 ? value : function.apply(y[place], value)
          }
        }
      }
    }
  }

  /// Whole numbers wrap around.
  private func integerStep<T: Lane>(_ views: [StridedView]) -> Step<T> {
    Step { evaluation throws(OperatorError) in
      var result: [Int] = []
      for (index, view) in views.enumerated() {
        let x = try evaluation.integers(index)
        for place in 0..<evaluation.outputCount() {
          let value = x[view.start(ofRow: place / view.rowLength) + place % view.rowLength * view.rowStride]
          if index == 0 { result.append(value) } else { result[place] = function.apply(result[place], value) }
        }
      }
      evaluation.write(result)
    }
  }
}

extension Variadic.Function {
  /// NaN wins, as in the frameworks.
  fileprivate func apply<T: Lane>(_ a: T, _ b: T) -> T {
    switch self {
    case .sum: a + b
    case .maximum: a.isNaN || a > b ? a : b
    case .minimum: a.isNaN || a < b ? a : b
    }
  }

  fileprivate func apply(_ a: Int, _ b: Int) -> Int {
    switch self {
    case .sum: a &+ b
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    }
  }
}

extension Variadic {
  /// A sum of products by 1; maximum and minimum round nothing.
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard function == .sum else { return .exact }
    let inputs = (0..<count).map { index in
      (
        view: StridedView(repeating: operands.input(index).shape, to: operands.outputShape),
        values: Elements<Double>(operands.input(index).widened)
      )
    }
    return .sums(
      GatheredSums(count: count) { element, terms in
        for (view, values) in inputs {
          let place = view.start(ofRow: element / view.rowLength) + element % view.rowLength * view.rowStride
          terms.products.append(values.span[place])
        }
      })
  }

  package static var mxnet: MXNetDialect<Variadic>? { nil }

  /// ONNX `Sum`, `Max` and `Min` of three tensors and more.
  package static let onnx: ONNXDialect<Variadic>? = ONNXDialect(
    names: ["Sum", "Max", "Min"].map { ONNXName($0, since: 6) },
    read: { node throws(OperatorError) in
      guard node.inputs.count > 2 else { return nil }
      try node.requireInputs(node.inputs.count)
      let functions: [String: Function] = ["Sum": .sum, "Max": .maximum, "Min": .minimum]
      return functions[node.op].map { Variadic($0, count: node.inputs.count) }
    },
    write: { variadic, _ throws(OperatorError) in
      let names: [Function: String] = [.sum: "Sum", .maximum: "Max", .minimum: "Min"]
      return [
        ONNXSpelling(names[variadic.function] ?? "", inputs: (0..<variadic.count).map { .input($0) })
      ]
    })
}
