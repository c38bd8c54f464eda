internal import Tensors

extension VectorKernels {
  package func multiply(
    _ rows: Span<Element>, _ panels: Span<Element>, bias: Span<Element>, addend: Span<Element>,
    into output: inout MutableSpan<Element>, _ product: RowProduct
  ) {
    guard product.rows > 0, product.columns > 0 else { return }
    let width = 2 * Element.vectorWidth
    let panelCount = (product.columns + width - 1) / width
    let outputEnd = product.outputOffset + (product.rows - 1) * product.outputStride + product.columns
    precondition(
      product.depth >= 0 && rows.count >= (product.rows - 1) * product.rowStride + product.depth
        && panels.count >= panelCount * product.depth * width && product.outputOffset >= 0
        && product.outputStride >= 0 && outputEnd <= output.count
        && (bias.isEmpty || bias.count >= product.columns)
        && (addend.isEmpty || addend.count >= outputEnd), "\(product)")
    // SAFETY: the sizes have just been checked against the spans.
    unsafe rows.withUnsafeBufferPointer { a in
      unsafe panels.withUnsafeBufferPointer { b in
        unsafe bias.withUnsafeBufferPointer { bias in
          unsafe addend.withUnsafeBufferPointer { addend in
            unsafe output.withUnsafeMutableBufferPointer { c in
              guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
              let target: TileOutput<Element> = unsafe (
                output: c + product.outputOffset, stride: product.outputStride,
                accumulates: product.accumulates, bias: bias.isEmpty ? nil : bias.baseAddress,
                addend: addend.isEmpty ? nil : addend.baseAddress.map { unsafe $0 + product.outputOffset },
                rectifies: product.rectifies
              )
              unsafe multiplyPanels(a, b, target, product)
            }
          }
        }
      }
    }
  }
}

/// - Precondition: the pointers hold what the product's sizes say.
@inline(__always)
private func multiplyPanels<S: VectorLane>(
  _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ target: TileOutput<S>, _ product: RowProduct
) {
  let width = 2 &* S.vectorWidth
  var column = 0
  while column < product.columns {
    let panel = unsafe b + column &* product.depth
    var part = unsafe target
    unsafe part.output += column
    if let bias = unsafe target.bias { unsafe part.bias = bias + column }
    if let addend = unsafe target.addend { unsafe part.addend = addend + column }
    let columns = min(width, product.columns &- column)
    if columns == width {
      unsafe multiplyPanel(a, panel, part, product)
    } else {
      unsafe multiplyNarrow(a, panel, part, product, columns)
    }
    column &+= width
  }
}

/// All rows with one full panel.
@inline(__always)
private func multiplyPanel<S: VectorLane>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ target: TileOutput<S>, _ product: RowProduct
) {
  let depth = product.depth
  let stride = product.rowStride
  var row = 0
  var part = unsafe target
  while row < product.rows {
    let left = product.rows &- row
    let a = unsafe a + row &* stride
    unsafe part.output = target.output + row &* target.stride
    if let addend = unsafe target.addend { unsafe part.addend = addend + row &* target.stride }
    if left >= tileRows {
      unsafe fullTile(depth, a, stride, panel, part)
      row &+= tileRows
    } else if tileRows > 6 && left >= 6 {
      unsafe middleTile(depth, a, stride, panel, part)
      row &+= 6
    } else if left >= 3 {
      unsafe lowTile(depth, a, stride, panel, part)
      row &+= 3
    } else {
      unsafe flatTile(depth, a, stride, panel, part)
      row &+= 1
    }
  }
}

// Each height is a function of its own: in one, the compiler would not write all of them out.

@inline(never)
private func fullTile<S: VectorLane>(
  _ depth: Int, _ a: UnsafePointer<S>, _ stride: Int, _ panel: UnsafePointer<S>, _ target: TileOutput<S>
) { unsafe tile(rows: tileRows, depth: depth, a, stride, panel, target) }

@inline(never)
private func middleTile<S: VectorLane>(
  _ depth: Int, _ a: UnsafePointer<S>, _ stride: Int, _ panel: UnsafePointer<S>, _ target: TileOutput<S>
) { unsafe tile(rows: 6, depth: depth, a, stride, panel, target) }

@inline(never)
private func lowTile<S: VectorLane>(
  _ depth: Int, _ a: UnsafePointer<S>, _ stride: Int, _ panel: UnsafePointer<S>, _ target: TileOutput<S>
) { unsafe tile(rows: 3, depth: depth, a, stride, panel, target) }

@inline(never)
private func flatTile<S: VectorLane>(
  _ depth: Int, _ a: UnsafePointer<S>, _ stride: Int, _ panel: UnsafePointer<S>, _ target: TileOutput<S>
) { unsafe tile(rows: 1, depth: depth, a, stride, panel, target) }

/// All rows with the last panel, of which only some columns exist: through a padded copy.
@inline(__always)
private func multiplyNarrow<S: VectorLane>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ target: TileOutput<S>, _ product: RowProduct,
  _ columns: Int
) {
  let width = 2 &* S.vectorWidth
  // An output tile, an addend's and the bias, of the largest size there is.
  var tiles = InlineArray<800, S>(repeating: 0)
  var span = tiles.mutableSpan
  unsafe span.withUnsafeMutableBufferPointer { buffer in
    guard let output = buffer.baseAddress else { return }
    let addend = unsafe output + tileRows &* width
    let bias = unsafe addend + tileRows &* width
    if let source = unsafe target.bias { unsafe copy(source, 0, bias, 0, 1, columns) }
    var row = 0
    while row < product.rows {
      let rows = min(tileRows, product.rows &- row)
      let place = unsafe target.output + row &* target.stride
      if unsafe target.accumulates { unsafe copy(place, target.stride, output, width, rows, columns) }
      if let source = unsafe target.addend {
        unsafe copy(source + row &* target.stride, target.stride, addend, width, rows, columns)
      }
      var part = product
      part.rows = rows
      let padded: TileOutput<S> = unsafe (
        output: output, stride: width, accumulates: target.accumulates,
        bias: target.bias == nil ? nil : UnsafePointer(bias),
        addend: target.addend == nil ? nil : UnsafePointer(addend), rectifies: target.rectifies
      )
      unsafe multiplyPanel(a + row &* product.rowStride, panel, padded, part)
      unsafe copy(output, width, place, target.stride, rows, columns)
      row &+= rows
    }
  }
}

@inline(__always)
private func copy<S: VectorLane>(
  _ source: UnsafePointer<S>, _ sourceStride: Int, _ target: UnsafeMutablePointer<S>, _ targetStride: Int,
  _ rows: Int, _ columns: Int
) {
  for row in 0..<rows {
    unsafe (target + row &* targetStride).update(from: source + row &* sourceStride, count: columns)
  }
}
