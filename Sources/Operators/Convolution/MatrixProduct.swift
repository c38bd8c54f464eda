package import Graphs

/// Products of matrices: scale·(left · right) + addendScale·addend.
///
/// Inputs: left `[…, M, K]` (`[…, K, M]` where `transposesLeft`), right `[…, K, N]` (`[…, N, K]` where
/// `transposesRight`), addend where `hasAddend`, which repeats to the output's shape. Dimensions in front repeat where
/// they are 1. A vector counts as a row on the left, as a column on the right, and its dimension is left out of the
/// output `[…, M, N]` (ONNX MatMul-13, Gemm-13; numpy `matmul`).
package struct MatrixProduct: Operator {
  package static let name = "MatrixProduct"

  package var transposesLeft: Bool
  package var transposesRight: Bool
  package var hasAddend: Bool
  package var scale: Double
  package var addendScale: Double

  package init(
    transposesLeft: Bool = false, transposesRight: Bool = false, hasAddend: Bool = false, scale: Double = 1,
    addendScale: Double = 1
  ) {
    self.transposesLeft = transposesLeft
    self.transposesRight = transposesRight
    self.hasAddend = hasAddend
    self.scale = scale
    self.addendScale = addendScale
  }

  package var inputs: [InputName] {
    [InputName("left"), InputName("right")] + (hasAddend ? [InputName("addend")] : [])
  }

  /// A matrix as it is multiplied: its dimensions in front, its rows and its columns.
  private func matrix(_ sizes: [Int?], _ input: String, isLeft: Bool) throws(OperatorError) -> [Int?] {
    guard !sizes.isEmpty else {
      throw .input(input, found: "a scalar", expected: "a vector or matrices")
    }
    if sizes.count == 1 { return isLeft ? [1] + sizes : sizes + [1] }
    guard isLeft ? transposesLeft : transposesRight else { return sizes }
    return sizes.dropLast(2) + [sizes[sizes.count - 1], sizes[sizes.count - 2]]
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    for (name, number) in [("scale", scale), ("addendScale", addendScale)] where !number.isFinite {
      throw .attribute(name, found: "\(number)", expected: "a finite number")
    }
    let type = inputs.elementType(0) ?? inputs.elementType(1)
    guard let leftSizes = inputs.shape(0).dimensions, let rightSizes = inputs.shape(1).dimensions else {
      return [ValueType(type, .unknown)]
    }
    let left = try matrix(leftSizes, "left", isLeft: true)
    let right = try matrix(rightSizes, "right", isLeft: false)
    if let columns = left[left.count - 1], let rows = right[right.count - 2], columns != rows {
      throw .input("right", found: "\(rows) rows", expected: "\(columns), left's columns")
    }
    var output = try broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)), input: "right")
    if leftSizes.count > 1 { output.append(left[left.count - 2]) }
    if rightSizes.count > 1 { output.append(right[right.count - 1]) }
    if hasAddend, let addend = inputs.shape(2).dimensions {
      let common = try broadcast(output, addend, input: "addend")
      guard PartialShape(common).merged(with: PartialShape(output)) != nil else {
        throw .input(
          "addend", found: "shape \(PartialShape(addend))",
          expected: "one that repeats to \(PartialShape(output))")
      }
    }
    return [ValueType(type, PartialShape(output))]
  }
}

extension MatrixProduct {
  package static var mxnet: MXNetDialect<MatrixProduct>? { nil }

  /// ONNX `MatMul` (1, 9, 13) and `Gemm` (7 to 13).
  package static let onnx: ONNXDialect<MatrixProduct>? = ONNXDialect(
    names: [ONNXName("MatMul"), ONNXName("Gemm", since: 7)],
    read: { node throws(OperatorError) in
      guard node.op == "Gemm" else {
        try node.requireInputs(2)
        return MatrixProduct()
      }
      try node.requireInputs(2, optional: 1)
      return MatrixProduct(
        transposesLeft: try node.flag("transA", default: false),
        transposesRight: try node.flag("transB", default: false), hasAddend: node.hasInput(2),
        scale: Double(try node.float("alpha", default: 1)),
        addendScale: Double(try node.float("beta", default: 1)))
    },
    write: { product, _ throws(OperatorError) in
      let isPlain = !product.transposesLeft && !product.transposesRight
      guard !isPlain || product.hasAddend || product.scale != 1 else {
        return [ONNXSpelling("MatMul", inputs: [.input(0), .input(1)])]
      }
      return [
        ONNXSpelling(
          "Gemm",
          [
            ("alpha", .float(Float(product.scale))), ("beta", .float(Float(product.addendScale))),
            ("transA", .integer(product.transposesLeft ? 1 : 0)),
            ("transB", .integer(product.transposesRight ? 1 : 0)),
          ], inputs: [.input(0), .input(1)] + (product.hasAddend ? [.input(2)] : []))
      ]
    })
}
