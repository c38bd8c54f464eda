internal import Bytes

/// How a window slides over a map: sizes in elements of the map, height before width.
package struct ConvolutionGeometry: Codable, Hashable, Sendable {
  /// Taps of the window, `[Kh, Kw]`.
  package var kernel: [Int]
  /// Steps between windows.
  package var stride: [Int]
  /// Steps between taps.
  package var dilation: [Int]
  /// Zeros before the first row and column.
  package var padBegin: [Int]
  /// Zeros behind the last row and column.
  package var padEnd: [Int]

  package init(kernel: [Int], stride: [Int], dilation: [Int], padBegin: [Int], padEnd: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padBegin = padBegin
    self.padEnd = padEnd
  }

  /// Spatial dimensions: 2 for maps of height and width.
  package var rank: Int { kernel.count }

  /// Taps of the whole window; nil where that does not fit.
  package var taps: Int? {
    kernel.reduce(Int?.some(1)) { product, taps in product.flatMap { $0.timesChecked(taps) } }
  }

  /// Checks that every list has an entry for each spatial dimension, and sizes that make sense.
  ///
  /// - Throws: `OperatorError` that names the attribute.
  package func validate() throws(OperatorError) {
    let lists = [
      ("kernel", kernel, 1), ("stride", stride, 1), ("dilation", dilation, 1), ("padBegin", padBegin, 0),
      ("padEnd", padEnd, 0),
    ]
    for (name, list, least) in lists {
      guard list.count == rank, list.allSatisfy({ $0 >= least && $0 <= Int(Int32.max) }) else {
        throw .attribute(
          name, found: "\(list)", expected: "\(rank) numbers from \(least) to \(Int32.max)")
      }
    }
  }

  /// The window's extent with its dilation: d·(k−1)+1.
  package func extent(_ axis: Int) -> Int { dilation[axis] * (kernel[axis] - 1) + 1 }

  /// Windows along an axis of `size` elements: floor((size + pads − extent) / stride) + 1; nil where unknown.
  ///
  /// - Throws: `OperatorError` where the window is larger than the padded map.
  package func outputSize(_ axis: Int, of size: Int?) throws(OperatorError) -> Int? {
    guard let size else { return nil }
    guard let padded = size.plusChecked(padBegin[axis] + padEnd[axis]), padded >= extent(axis) else {
      let least = extent(axis) - padBegin[axis] - padEnd[axis]
      throw .input(
        "data", found: "\(size) elements along spatial axis \(axis)",
        expected: "at least \(least), the window's extent less its padding")
    }
    return (padded - extent(axis)) / stride[axis] + 1
  }
}
