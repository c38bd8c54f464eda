internal import Tensors

extension VectorKernels {
  package func groupPanelWidth(_ columns: Int) -> Int {
    if columns <= Element.Quarter.scalarCount { return Element.Quarter.scalarCount }
    return columns <= Element.Half.scalarCount ? Element.Half.scalarCount : Element.vectorWidth
  }

  package func packGroups(
    _ weights: Span<Element>, _ block: WeightBlock, groups: Int, groupStride: Int,
    into panels: inout MutableSpan<Element>
  ) {
    let width = groupPanelWidth(block.columns)
    var place = 0
    for group in 0..<groups {
      for tap in block.taps {
        for channel in block.channels {
          let source = tap + channel * block.channelStride + group * groupStride
          for column in 0..<width {
            panels[place + column] =
              column < block.columns ? weights[source + column * block.columnStride] : 0
          }
          place += width
        }
      }
    }
  }

  package func multiplyGroups(
    _ rows: Span<Element>, _ panels: Span<Element>, bias: Span<Element>,
    into output: inout MutableSpan<Element>, _ product: GroupProduct
  ) {
    guard product.rows > 0, product.groups > 0, product.columns > 0 else { return }
    let width = groupPanelWidth(product.columns)
    let outputEnd =
      product.outputOffset + (product.rows - 1) * product.outputStride + product.groups * product.columns
    let rowEnd =
      product.depth == 0
      ? 0
      : (product.rows - 1) * product.rowStride + (product.taps - 1) * product.tapStride
        + product.groups * product.channels
    precondition(
      product.taps >= 0 && product.channels >= 0 && product.columns <= width && product.rowStride >= 0
        && product.tapStride >= 0 && rows.count >= rowEnd
        && panels.count >= product.groups * product.depth * width && product.outputOffset >= 0
        && product.outputStride >= 0 && outputEnd <= output.count
        && (bias.isEmpty || bias.count >= product.groups * product.columns), "\(product)")
    // SAFETY: the sizes have just been checked against the spans.
    unsafe rows.withUnsafeBufferPointer { a in
      unsafe panels.withUnsafeBufferPointer { b in
        unsafe bias.withUnsafeBufferPointer { bias in
          unsafe output.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
            unsafe multiplyTiles(
              a, b, bias.isEmpty ? nil : bias.baseAddress, c + product.outputOffset, product, width)
          }
        }
      }
    }
  }
}

/// All rows with the panels of all groups.
///
/// - Precondition: the pointers hold what the product's sizes say.
@inline(__always)
private func multiplyTiles<S: VectorLane>(
  _ a: UnsafePointer<S>, _ panels: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ width: Int
) {
  let panel = product.taps &* product.channels &* width
  // Groups whose panels stay in the first cache beside a tile's rows.
  let together = max(1, 3072 / max(1, panel))
  var first = 0
  while first < product.groups {
    let next = min(first &+ together, product.groups)
    var row = 0
    while row < product.rows {
      let left = product.rows &- row
      let height = left >= 12 ? 12 : left >= 4 ? 4 : 1
      for group in first..<next {
        var groupBias = unsafe bias
        if let bias = unsafe bias { unsafe groupBias = bias + group &* product.columns }
        unsafe multiplyTile(
          height, a + (row &* product.rowStride &+ group &* product.channels), panels + group &* panel,
          groupBias,
          output + (row &* product.outputStride &+ group &* product.columns), product, width)
      }
      row &+= height
    }
    first = next
  }
}

/// A tile of twelve rows, four or one, with the panel of one group.
///
/// - Precondition: the pointers hold what the product's sizes say.
@inline(__always)
private func multiplyTile<S: VectorLane>(
  _ rows: Int, _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ width: Int
) {
  if width == S.vectorWidth {
    unsafe multiplyTile(rows, a, panel, bias, output, product, S.Vector.self)
  } else if width == S.Half.scalarCount {
    unsafe multiplyTile(rows, a, panel, bias, output, product, S.Half.self)
  } else {
    unsafe multiplyTile(rows, a, panel, bias, output, product, S.Quarter.self)
  }
}

@inline(__always)
private func multiplyTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  _ rows: Int, _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S {
  switch rows {
  case 12: unsafe fullTile(a, panel, bias, output, product, type)
  case 4: unsafe lowTile(a, panel, bias, output, product, type)
  default: unsafe flatTile(a, panel, bias, output, product, type)
  }
}

// Each tile is a function of its own, so that its sums stay in registers.

@inline(never)
private func fullTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S { unsafe groupTile(rows: 12, a, panel, bias, output, product, type) }

@inline(never)
private func lowTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S { unsafe groupTile(rows: 4, a, panel, bias, output, product, type) }

@inline(never)
private func flatTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S { unsafe groupTile(rows: 1, a, panel, bias, output, product, type) }

/// Multiplies `rows` rows, a constant where it is called, with the panel of one group.
///
/// - Complexity: rows · depth · panel width multiplies.
@inline(__always)
private func groupTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  rows: Int, _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S {
  // SAFETY: `multiplyGroups` has checked the spans.
  let stride = product.rowStride
  let zero = V(repeating: 0)
  // Written out for the reason given at `tile`.
  var sums: InlineArray<12, V> = [
    zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero,
  ]
  let below = unsafe a + 6 &* stride
  var b = unsafe panel
  var (k, left) = (0, product.channels)
  var step = 0
  let depth = product.taps &* product.channels
  // One loop, not one for the channels within one for the taps: the sums stay in registers only so.
  while step < depth {
    let weights = unsafe load(b, type)
    // Two loops and pointers: there are not more multiples of the stride than registers then.
    var i = 0
    while i < min(rows, 6) {
      let value = unsafe V(repeating: a[i &* stride &+ k])
      unsafe sums[unchecked: i] = multiplyAdd(sums[unchecked: i], value, weights)
      i &+= 1
    }
    while i < rows {
      let value = unsafe V(repeating: below[(i &- 6) &* stride &+ k])
      unsafe sums[unchecked: i] = multiplyAdd(sums[unchecked: i], value, weights)
      i &+= 1
    }
    unsafe b += V.scalarCount
    k &+= 1
    left &-= 1
    if left == 0 {
      left = product.channels
      k &+= product.tapStride &- product.channels
    }
    step &+= 1
  }
  if product.columns != V.scalarCount {
    // A copy: what loops over lanes look up is in memory.
    let narrow = sums
    for row in 0..<rows {
      let value = unsafe narrow[unchecked: row]
      let target = unsafe output + row &* product.outputStride
      for lane in 0..<product.columns {
        var element = value[lane]
        if product.accumulates { element = unsafe target[lane] + element }
        if let bias = unsafe bias { element += unsafe bias[lane] }
        unsafe target[lane] = element
      }
    }
    return
  }
  // One loop for each part of the end, each so short that it is written out and the sums stay in registers.
  if product.accumulates {
    var i = 0
    while i < rows {
      let before = unsafe load(UnsafePointer(output + i &* product.outputStride), type)
      unsafe sums[unchecked: i] = before + sums[unchecked: i]
      i &+= 1
    }
  }
  if let bias = unsafe bias {
    let bias = unsafe load(bias, type)
    var i = 0
    while i < rows {
      unsafe sums[unchecked: i] += bias
      i &+= 1
    }
  }
  var i = 0
  while i < rows {
    let target = unsafe UnsafeMutableRawPointer(output + i &* product.outputStride)
    unsafe target.storeBytes(of: sums[unchecked: i], as: type)
    i &+= 1
  }
}

@inline(__always)
private func load<V: SIMD & BitwiseCopyable>(_ pointer: UnsafePointer<V.Scalar>, _ type: V.Type) -> V {
  unsafe UnsafeRawPointer(pointer).loadUnaligned(as: type)
}
