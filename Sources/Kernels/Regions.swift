internal import Tensors

/// Vectors of channels whose sums stay in registers.
private let blockVectors = 4

extension VectorKernels {
  package func reduce(
    _ data: Span<Element>, _ bins: Span<RegionBin>, _ reading: RegionReading,
    into output: inout MutableSpan<Element>
  ) {
    let channels = reading.channels
    precondition(channels >= 0 && reading.rowStride >= 0 && reading.columnStride >= 0, "\(reading)")
    for index in bins.indices {
      let bin = bins[index]
      precondition(
        bin.rows >= 0 && bin.columns >= 0 && bin.first >= 0 && bin.target >= 0
          && bin.target + channels <= output.count
          && (bin.rows == 0 || bin.columns == 0
            || bin.first + (bin.rows - 1) * reading.rowStride + (bin.columns - 1) * reading.columnStride
              + channels <= data.count),
        "\(bin), \(reading)")
    }
    // SAFETY: every bin lies in the map and in the output, as just checked.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe output.withUnsafeMutableBufferPointer { output in
        guard let data = data.baseAddress, let output = output.baseAddress else { return }
        var channel = 0
        // A block of channels of the whole map fits a core's cache where the map itself does not.
        while channel < channels {
          let end = min(channel &+ blockVectors &* Element.vectorWidth, channels)
          for index in bins.indices {
            let bin = unsafe bins[unchecked: index]
            if reading.takesMaximum {
              unsafe reduceBin(data, bin, reading, channel, end, true, output)
            } else {
              unsafe reduceBin(data, bin, reading, channel, end, false, output)
            }
          }
          channel = end
        }
      }
    }
  }

  package func sample(
    _ data: Span<Element>, _ taps: Span<AxisTap<Element>>, _ bins: Span<SampledBin>, channels: Int,
    into output: inout MutableSpan<Element>
  ) {
    precondition(channels >= 0, "\(channels)")
    for index in bins.indices {
      let bin = bins[index]
      precondition(
        bin.row >= 0 && bin.rowCount >= 0 && bin.row + bin.rowCount <= taps.count && bin.column >= 0
          && bin.columnCount >= 0 && bin.column + bin.columnCount <= taps.count && bin.samples >= 0
          && bin.target >= 0 && bin.target + channels <= output.count, "\(bin)")
      guard bin.samples > 0, bin.rowCount > 0, bin.columnCount > 0 else { continue }
      let last = taps[bin.row + bin.rowCount - 1].offset + taps[bin.column + bin.columnCount - 1].offset
      precondition(
        bin.first + taps[bin.row].offset + taps[bin.column].offset >= 0
          && bin.first + last + channels <= data.count, "\(bin), \(data.count)")
    }
    // SAFETY: taps ascend, so every element lies between the first and the last, which have been checked.
    unsafe data.withUnsafeBufferPointer { data in
      unsafe taps.withUnsafeBufferPointer { taps in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard let data = data.baseAddress, let output = output.baseAddress else { return }
          for index in bins.indices {
            let bin = unsafe bins[unchecked: index]
            if bin.samples == 0 || bin.rowCount == 0 || bin.columnCount == 0 {
              unsafe clear(output + bin.target, channels)
            } else if let taps = taps.baseAddress {
              unsafe sampleBin(
                data + bin.first, taps + bin.row, bin.rowCount, taps + bin.column, bin.columnCount,
                Element(bin.samples), channels, output + bin.target)
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func reduceBin<S: VectorLane>(
  _ data: UnsafePointer<S>, _ bin: RegionBin, _ reading: RegionReading, _ start: Int, _ end: Int,
  _ takesMaximum: Bool, _ output: UnsafeMutablePointer<S>
) {
  let width = S.vectorWidth
  let target = unsafe output + bin.target
  guard bin.rows > 0, bin.columns > 0 else { return unsafe clear(target + start, end &- start) }
  let source = unsafe data + bin.first
  let divisor = S(bin.rows &* bin.columns)
  if start &+ blockVectors &* width == end {
    unsafe reduceBlock(source + start, bin, reading, divisor, takesMaximum, target + start)
    return
  }
  var channel = start
  while channel &+ width <= end {
    unsafe reduceVector(source + channel, bin, reading, divisor, takesMaximum, target + channel)
    channel &+= width
  }
  guard channel < end else { return }
  if end >= width {
    // The last vector once more begins earlier: what it repeats comes out the same.
    unsafe reduceVector(
      source + (end &- width), bin, reading, divisor, takesMaximum, target + (end &- width))
    return
  }
  while channel < end {
    unsafe reduceScalar(source + channel, bin, reading, divisor, takesMaximum, target + channel)
    channel &+= 1
  }
}

@inline(__always)
private func startValue<S: VectorLane>(_ takesMaximum: Bool, _ type: S.Type) -> S {
  takesMaximum ? S(-Float.greatestFiniteMagnitude) : 0
}

@inline(__always)
private func reduceBlock<S: VectorLane>(
  _ source: UnsafePointer<S>, _ bin: RegionBin, _ reading: RegionReading, _ divisor: S,
  _ takesMaximum: Bool, _ target: UnsafeMutablePointer<S>
) {
  let width = S.vectorWidth
  let begin = S.Vector(repeating: startValue(takesMaximum, S.self))
  var (a, b, c, d) = (begin, begin, begin, begin)
  for row in 0..<bin.rows {
    var place = unsafe source + row &* reading.rowStride
    for _ in 0..<bin.columns {
      // SAFETY: the bin lies in the map, as `reduce` has checked.
      let (w, x) = unsafe (load(place), load(place + width))
      let (y, z) = unsafe (load(place + 2 &* width), load(place + 3 &* width))
      if takesMaximum {
        (a, b, c, d) = (S.larger(a, w), S.larger(b, x), S.larger(c, y), S.larger(d, z))
      } else {
        (a, b, c, d) = (a + w, b + x, c + y, d + z)
      }
      unsafe place += reading.columnStride
    }
  }
  if !takesMaximum {
    let divisor = S.Vector(repeating: divisor)
    (a, b, c, d) = (a / divisor, b / divisor, c / divisor, d / divisor)
  }
  unsafe store(a, target)
  unsafe store(b, target + width)
  unsafe store(c, target + 2 &* width)
  unsafe store(d, target + 3 &* width)
}

@inline(__always)
private func reduceVector<S: VectorLane>(
  _ source: UnsafePointer<S>, _ bin: RegionBin, _ reading: RegionReading, _ divisor: S,
  _ takesMaximum: Bool, _ target: UnsafeMutablePointer<S>
) {
  var result = S.Vector(repeating: startValue(takesMaximum, S.self))
  for row in 0..<bin.rows {
    var place = unsafe source + row &* reading.rowStride
    for _ in 0..<bin.columns {
      // SAFETY: as in `reduceBlock`.
      let value = unsafe load(place)
      result = takesMaximum ? S.larger(result, value) : result + value
      unsafe place += reading.columnStride
    }
  }
  if !takesMaximum { result /= S.Vector(repeating: divisor) }
  unsafe store(result, target)
}

@inline(__always)
private func reduceScalar<S: VectorLane>(
  _ source: UnsafePointer<S>, _ bin: RegionBin, _ reading: RegionReading, _ divisor: S,
  _ takesMaximum: Bool, _ target: UnsafeMutablePointer<S>
) {
  var result = startValue(takesMaximum, S.self)
  for row in 0..<bin.rows {
    for column in 0..<bin.columns {
      // SAFETY: as in `reduceBlock`.
      let value = unsafe source[row &* reading.rowStride &+ column &* reading.columnStride]
      if takesMaximum {
        if value > result { result = value }
      } else {
        result += value
      }
    }
  }
  unsafe target.pointee = takesMaximum ? result : result / divisor
}

@inline(__always)
private func sampleBin<S: VectorLane>(
  _ source: UnsafePointer<S>, _ rows: UnsafePointer<AxisTap<S>>, _ rowCount: Int,
  _ columns: UnsafePointer<AxisTap<S>>, _ columnCount: Int, _ divisor: S, _ channels: Int,
  _ target: UnsafeMutablePointer<S>
) {
  let width = S.vectorWidth
  var channel = 0
  while channel &+ blockVectors &* width <= channels {
    unsafe sampleBlock(source + channel, rows, rowCount, columns, columnCount, divisor, target + channel)
    channel &+= blockVectors &* width
  }
  while channel &+ width <= channels {
    unsafe sampleVector(source + channel, rows, rowCount, columns, columnCount, divisor, target + channel)
    channel &+= width
  }
  guard channel < channels else { return }
  if channels >= width {
    // The last vector once more begins earlier: what it repeats comes out the same.
    let last = channels &- width
    unsafe sampleVector(source + last, rows, rowCount, columns, columnCount, divisor, target + last)
    return
  }
  while channel < channels {
    var sum: S = 0
    for row in 0..<rowCount {
      // SAFETY: as in `sample`.
      let (offset, weight) = unsafe (rows[row].offset &+ channel, rows[row].weight)
      for column in 0..<columnCount {
        sum = unsafe multiplyAdd(
          sum, source[offset &+ columns[column].offset], weight * columns[column].weight)
      }
    }
    unsafe target[channel] = sum / divisor
    channel &+= 1
  }
}

@inline(__always)
private func sampleBlock<S: VectorLane>(
  _ source: UnsafePointer<S>, _ rows: UnsafePointer<AxisTap<S>>, _ rowCount: Int,
  _ columns: UnsafePointer<AxisTap<S>>, _ columnCount: Int, _ divisor: S,
  _ target: UnsafeMutablePointer<S>
) {
  let width = S.vectorWidth
  var a = S.Vector(repeating: 0)
  var (b, c, d) = (a, a, a)
  for row in 0..<rowCount {
    // SAFETY: as in `sample`.
    let line = unsafe source + rows[row].offset
    let rowWeight = unsafe rows[row].weight
    for column in 0..<columnCount {
      let place = unsafe line + columns[column].offset
      let weight = unsafe S.Vector(repeating: rowWeight * columns[column].weight)
      a = unsafe multiplyAdd(a, load(place), weight)
      b = unsafe multiplyAdd(b, load(place + width), weight)
      c = unsafe multiplyAdd(c, load(place + 2 &* width), weight)
      d = unsafe multiplyAdd(d, load(place + 3 &* width), weight)
    }
  }
  let divisor = S.Vector(repeating: divisor)
  unsafe store(a / divisor, target)
  unsafe store(b / divisor, target + width)
  unsafe store(c / divisor, target + 2 &* width)
  unsafe store(d / divisor, target + 3 &* width)
}

@inline(__always)
private func sampleVector<S: VectorLane>(
  _ source: UnsafePointer<S>, _ rows: UnsafePointer<AxisTap<S>>, _ rowCount: Int,
  _ columns: UnsafePointer<AxisTap<S>>, _ columnCount: Int, _ divisor: S,
  _ target: UnsafeMutablePointer<S>
) {
  var sum = S.Vector(repeating: 0)
  for row in 0..<rowCount {
    // SAFETY: as in `sample`.
    let line = unsafe source + rows[row].offset
    let rowWeight = unsafe rows[row].weight
    for column in 0..<columnCount {
      let weight = unsafe S.Vector(repeating: rowWeight * columns[column].weight)
      sum = unsafe multiplyAdd(sum, load(line + columns[column].offset), weight)
    }
  }
  unsafe store(sum / S.Vector(repeating: divisor), target)
}
