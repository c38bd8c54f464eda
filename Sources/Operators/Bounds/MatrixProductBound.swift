internal import Tensors

/// The products of an element: a row of left by a column of right, and the addend as the bias.
private struct MatrixProductBound: SumBound {
  let plan: MatrixPlan
  let scale: Double
  let left: Elements<Double>
  let right: Elements<Double>
  let addend: (view: StridedView, values: Elements<Double>, scale: Double)?

  func termCount(of element: Int) -> Int { plan.depth + (addend == nil ? 0 : 1) }

  func list(_ element: Int, into terms: inout SumTerms) {
    let (row, column) = (element / plan.columns, element % plan.columns)
    let (product, own) = (row / plan.rows, row % plan.rows)
    let (a, b) = (left.span, right.span)
    let first = plan.lefts[product] * plan.rows * plan.depth
    let other = plan.rights[product] * plan.columns * plan.depth
    for k in 0..<plan.depth {
      let x = a[first + (plan.transposesLeft ? k * plan.rows + own : own * plan.depth + k)]
      let w = b[other + (plan.transposesRight ? column * plan.depth + k : k * plan.columns + column)]
      terms.products.append(scale * x * w)
    }
    if let addend {
      let view = addend.view
      let place = view.start(ofRow: element / view.rowLength) + element % view.rowLength * view.rowStride
      terms.bias = addend.scale * addend.values.span[place]
    }
  }
}

extension MatrixProduct {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    guard operands.input(0).elementType.isFloatingPoint else { return .exact }
    let addend = hasAddend ? operands.input(2) : nil
    return .sums(
      MatrixProductBound(
        plan: MatrixPlan(self, left: operands.input(0).shape, right: operands.input(1).shape), scale: scale,
        left: Elements(operands.input(0).widened), right: Elements(operands.input(1).widened),
        addend: addend.map {
          (
            StridedView(repeating: $0.shape, to: operands.outputShape), Elements($0.widened), addendScale
          )
        }))
  }
}
