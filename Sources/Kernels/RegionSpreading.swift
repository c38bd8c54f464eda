internal import Tensors

extension VectorKernels {
  package func scatterBins(
    _ gradient: Span<Element>, _ data: Span<Element>, _ taps: Span<AxisTap<Element>>, slopes: Span<Element>,
    _ bins: Span<SampledBin>, _ spreading: BinSpreading, into map: inout MutableSpan<Element>,
    moves: inout MutableSpan<Element>
  ) {
    let places = spreading.mapStride > 0 ? map.count / spreading.mapStride : 0
    precondition(
      spreading.channels >= 0 && spreading.dataStride >= 0 && spreading.mapStride >= spreading.channels
        && (slopes.isEmpty || slopes.count >= taps.count && moves.count >= 2 * bins.count), "\(spreading)")
    for index in bins.indices {
      let bin = bins[index]
      precondition(
        bin.row >= 0 && bin.rowCount >= 0 && bin.row + bin.rowCount <= taps.count && bin.column >= 0
          && bin.columnCount >= 0 && bin.column + bin.columnCount <= taps.count && bin.samples >= 0
          && bin.target >= 0 && bin.target + spreading.channels <= gradient.count, "\(bin)")
      guard bin.samples > 0, bin.rowCount > 0, bin.columnCount > 0 else { continue }
      let last = taps[bin.row + bin.rowCount - 1].offset + taps[bin.column + bin.columnCount - 1].offset
      let inMap = bin.first - spreading.origin
      precondition(
        taps[bin.row].offset + taps[bin.column].offset >= 0 && last < places && inMap >= 0
          && inMap + spreading.channels <= spreading.mapStride && bin.first >= 0
          && bin.first + last * spreading.dataStride + spreading.channels <= data.count,
        "\(bin), \(spreading), \(data.count)")
    }
    // SAFETY: taps ascend, so every place lies between the first and the last, which have been checked.
    unsafe gradient.withUnsafeBufferPointer { gradient in
      unsafe data.withUnsafeBufferPointer { data in
        unsafe taps.withUnsafeBufferPointer { taps in
          unsafe slopes.withUnsafeBufferPointer { slopes in
            unsafe map.withUnsafeMutableBufferPointer { map in
              guard let gradient = gradient.baseAddress, let data = data.baseAddress,
                let map = map.baseAddress
              else { return }
              for index in bins.indices {
                let bin = unsafe bins[unchecked: index]
                var move: (x: Element, y: Element) = (0, 0)
                if let taps = taps.baseAddress, bin.samples > 0 {
                  move = unsafe scatterBin(
                    gradient + bin.target, data + bin.first, taps,
                    slopes.isEmpty ? nil : slopes.baseAddress, bin, spreading,
                    map + (bin.first &- spreading.origin))
                }
                if !slopes.isEmpty {
                  moves[2 * index] = move.x
                  moves[2 * index + 1] = move.y
                }
              }
            }
          }
        }
      }
    }
  }
}

@inline(__always)
private func scatterBin<S: VectorLane>(
  _ gradient: UnsafePointer<S>, _ data: UnsafePointer<S>, _ taps: UnsafePointer<AxisTap<S>>,
  _ slopes: UnsafePointer<S>?, _ bin: SampledBin, _ spreading: BinSpreading, _ map: UnsafeMutablePointer<S>
) -> (x: S, y: S) {
  let divisor = S(bin.samples)
  var (x, y): (S, S) = (0, 0)
  for row in bin.row..<(bin.row &+ bin.rowCount) {
    // SAFETY: as in `scatterBins`.
    let rowTap = unsafe taps[row]
    for column in bin.column..<(bin.column &+ bin.columnCount) {
      let columnTap = unsafe taps[column]
      let place = rowTap.offset &+ columnTap.offset
      let product = unsafe spreadElement(
        gradient, rowTap.weight * columnTap.weight, 1 / divisor, data + place &* spreading.dataStride,
        map + place &* spreading.mapStride, spreading.channels)
      if let slopes = unsafe slopes {
        x = unsafe multiplyAdd(x, product, rowTap.weight * slopes[column])
        y = unsafe multiplyAdd(y, product, slopes[row] * columnTap.weight)
      }
    }
  }
  return (x / divisor, y / divisor)
}
