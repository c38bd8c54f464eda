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
            for group in 0..<product.groups {
              unsafe multiplyGroup(
                a + group &* product.channels, b + group &* product.depth &* width,
                bias.isEmpty ? nil : bias.baseAddress.map { unsafe $0 + group &* product.columns },
                c + (product.outputOffset &+ group &* product.columns), product, width)
            }
          }
        }
      }
    }
  }
}

/// All rows with the panel of one group.
///
/// - Precondition: the pointers hold what the product's sizes say.
@inline(__always)
private func multiplyGroup<S: VectorLane>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ width: Int
) {
  var row = 0
  while row < product.rows {
    let a = unsafe a + row &* product.rowStride
    let output = unsafe output + row &* product.outputStride
    if product.rows &- row >= groupTileRows {
      if width == S.vectorWidth {
        unsafe fullTile(a, panel, bias, output, product, S.Vector.self)
      } else if width == S.Half.scalarCount {
        unsafe fullTile(a, panel, bias, output, product, S.Half.self)
      } else {
        unsafe fullTile(a, panel, bias, output, product, S.Quarter.self)
      }
      row &+= groupTileRows
    } else {
      if width == S.vectorWidth {
        unsafe flatTile(a, panel, bias, output, product, S.Vector.self)
      } else if width == S.Half.scalarCount {
        unsafe flatTile(a, panel, bias, output, product, S.Half.self)
      } else {
        unsafe flatTile(a, panel, bias, output, product, S.Quarter.self)
      }
      row &+= 1
    }
  }
}

/// Rows of a tile: as many as have their addresses in registers.
private let groupTileRows = 8

// Each tile is a function of its own, so that its sums stay in registers.

@inline(never)
private func fullTile<S: VectorLane, V: SIMD & BitwiseCopyable>(
  _ a: UnsafePointer<S>, _ panel: UnsafePointer<S>, _ bias: UnsafePointer<S>?,
  _ output: UnsafeMutablePointer<S>, _ product: GroupProduct, _ type: V.Type
) where V.Scalar == S { unsafe groupTile(rows: 8, a, panel, bias, output, product, type) }

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
  var sums = InlineArray<8, V>(repeating: V(repeating: 0))
  var b = unsafe panel
  var (k, left) = (0, product.channels)
  var step = 0
  let depth = product.depth
  // One loop, not one for the channels within one for the taps: the sums stay in registers only so.
  while step < depth {
    let weights = unsafe load(b, type)
    var i = 0
    while i < rows {
      let value = unsafe V(repeating: a[i &* stride &+ k])
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
