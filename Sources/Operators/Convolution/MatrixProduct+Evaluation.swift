package import Tensors

extension MatrixProduct {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try site.requireOneType(of: 0..<inputs.count)
    // Batches of empty matrices may be of any number.
    guard site.output().shape.count > 0 else { return Step { _ in } }
    let plan = MatrixPlan(self, left: site.input(0).shape, right: site.input(1).shape)
    guard site.output().elementType.isFloatingPoint else { return try wholeStep(plan, at: site) }
    let kernels = site.kernels
    // Weights are packed once.
    let packed = site.input(1).constant.map { plan.pack(Elements<T>($0), kernels) }
    let addend =
      hasAddend ? StridedView(repeating: site.input(2).shape, to: site.output().shape) : nil
    return Step { evaluation in
      let panels = packed ?? plan.pack(evaluation.input(1), kernels)
      plan.multiply(plan.rows(evaluation.input(0), kernels), panels, kernels, evaluation)
      if scale != 1 || addend != nil { finish(evaluation, addend) }
    }
  }

  private func finish<T: Lane>(_ evaluation: Evaluation<T>, _ addend: StridedView?) {
    let (scale, addendScale) = (T(scale), T(addendScale))
    let output = evaluation.output()
    let values = addend.map { _ in evaluation.input(2) }
    output.forEachRow(of: addend?.rowLength ?? output.count, on: evaluation.threads) { row, y in
      for index in y.indices { y[index] *= scale }
      guard let addend, let values else { return }
      let (c, start) = (values.span, addend.start(ofRow: row))
      for index in y.indices { y[index] += addendScale * c[start + index * addend.rowStride] }
    }
  }
}

/// Sizes of a batch of products, and which matrices each multiplies.
struct MatrixPlan: Sendable {
  let rows: Int
  let depth: Int
  let columns: Int
  let transposesLeft: Bool
  let transposesRight: Bool
  let leftCount: Int
  let rightCount: Int
  /// Which matrix of each side a product takes, in the output's order.
  let lefts: [Int]
  let rights: [Int]

  /// - Precondition: the shape rule has passed.
  init(_ product: MatrixProduct, left: Shape, right: Shape) {
    transposesLeft = product.transposesLeft && left.rank > 1
    transposesRight = product.transposesRight && right.rank > 1
    let a = left.rank == 1 ? [1, left[0]] : left.dimensions
    let b = right.rank == 1 ? [right[0], 1] : right.dimensions
    rows = transposesLeft ? a[a.count - 1] : a[a.count - 2]
    depth = transposesLeft ? a[a.count - 2] : a[a.count - 1]
    columns = transposesRight ? b[b.count - 2] : b[b.count - 1]
    let (front, behind) = (Shape(a.dropLast(2)), Shape(b.dropLast(2)))
    (leftCount, rightCount) = (front.count, behind.count)
    let rank = max(front.rank, behind.rank)
    func padded(_ shape: Shape) -> [Int] { Array(repeating: 1, count: rank - shape.rank) + shape.dimensions }
    let batch = Shape(zip(padded(front), padded(behind)).map { $0 == 1 ? $1 : $0 })
    func matrices(_ shape: Shape) -> [Int] {
      // A row of one element for each product.
      let view = StridedView(repeating: shape, to: batch)
      let single = StridedView(sizes: view.sizes + [1], strides: view.strides + [0])
      return (0..<batch.count).map(single.start)
    }
    lefts = matrices(front)
    rights = matrices(behind)
  }

  /// Left's matrices with their rows one after another.
  func rows<T: Lane>(_ left: Elements<T>, _ kernels: any KernelSet<T>) -> Elements<T> {
    let size = rows * depth
    guard transposesLeft, size > 0 else { return left }
    let result = MutableElements<T>(count: left.count)
    for matrix in 0..<leftCount {
      let range = matrix * size..<(matrix + 1) * size
      result[range].withSpan {
        kernels.transpose(
          left.span.extracting(range), Transposition(rows: depth, columns: 0..<rows), into: &$0)
      }
    }
    return result.elements
  }

  /// Elements of one right matrix in panels.
  private func panelSize(_ width: Int) -> Int { (columns + width - 1) / width * width * depth }

  /// Right's matrices in panels.
  func pack<T: Lane>(_ right: Elements<T>, _ kernels: any KernelSet<T>) -> Elements<T> {
    let size = panelSize(kernels.panelWidth)
    let panels = MutableElements<T>(count: size * rightCount)
    for matrix in 0..<rightCount {
      let block = WeightBlock(
        taps: [matrix * depth * columns], channels: 0..<depth, channelStride: transposesRight ? 1 : columns,
        columns: columns, columnStride: transposesRight ? depth : 1)
      panels[matrix * size..<(matrix + 1) * size].withSpan {
        kernels.pack(right.span, squared: false, block, into: &$0)
      }
    }
    return panels.elements
  }

  /// Writes all products, blocks of rows on all threads.
  func multiply<T: Lane>(
    _ left: Elements<T>, _ panels: Elements<T>, _ kernels: any KernelSet<T>, _ evaluation: Evaluation<T>
  ) {
    let (block, size) = (96, panelSize(kernels.panelWidth))
    let blocks = (rows + block - 1) / block
    let output = evaluation.output()
    evaluation.threads.forEach(blocks * lefts.count) { piece, _ in
      let (product, first) = (piece / blocks, piece % blocks * block)
      let count = min(block, rows - first)
      let start = product * rows * columns + first * columns
      output[start..<start + count * columns].withSpan { y in
        guard depth > 0 else {
          for index in y.indices { y[index] = 0 }
          return
        }
        let a = left.span.extracting((lefts[product] * rows * depth + first * depth)...)
        let b = panels.span.extracting(rights[product] * size..<(rights[product] + 1) * size)
        let none: [T] = []
        kernels.multiply(
          a, b, bias: none.span, addend: none.span, into: &y,
          RowProduct(
            rows: count, depth: depth, rowStride: depth, columns: columns, outputOffset: 0,
            outputStride: columns))
      }
    }
  }
}
