/// What every instruction set's module offers, for one type of numbers.
///
/// Called once a tile or block of work, never once an element. All maps are channels-last. Sizes that do not
/// fit the spans trap.
package protocol KernelSet<Element>: Sendable {
  associatedtype Element: Lane

  /// Columns of a packed panel: two vectors.
  var panelWidth: Int { get }

  /// Packs a block of a weight matrix into panels: `[ceil(columns / width), taps, channels, width]`, the last
  /// panel padded with zeros.
  ///
  /// - Parameter squared: pack their squares.
  func pack(
    _ weights: Span<Element>, squared: Bool, _ block: WeightBlock, into panels: inout MutableSpan<Element>)

  /// The same of weights in fp32, each widened where the kernels' type is wider.
  func pack(singles weights: Span<Float>, _ block: WeightBlock, into panels: inout MutableSpan<Element>)

  /// Adds the product of rows `[rows, depth]` and packed panels to rows of the output.
  ///
  /// Every output element is one chain of fused multiply-adds in the order of `depth` (multiply, then add, in
  /// the x86-64 baseline), whatever the other sizes.
  ///
  /// - Parameters:
  ///   - bias: one number a column, added behind the last block of depth; empty for none.
  ///   - addend: as many rows as the output, of the same stride, added behind the bias; empty for none.
  /// - Complexity: rows · depth · columns multiplies.
  func multiply(
    _ rows: Span<Element>, _ panels: Span<Element>, bias: Span<Element>, addend: Span<Element>,
    into output: inout MutableSpan<Element>, _ product: RowProduct)

  /// Columns of the panel of a group of so few: a vector, or half or a quarter of one. A group of more than a
  /// vector is not narrow.
  func groupPanelWidth(_ columns: Int) -> Int

  /// Packs the weights of narrow groups: `[groups, taps, channels, width]`, zeros behind a group's columns.
  ///
  /// - Parameters:
  ///   - block: the first group's.
  ///   - groupStride: elements from one group to the next.
  func packGroups(
    _ weights: Span<Element>, _ block: WeightBlock, groups: Int, groupStride: Int,
    into panels: inout MutableSpan<Element>)

  /// Writes or adds the products of rows and the packed panels of narrow groups, each group's channels with its
  /// own weights.
  ///
  /// Every output element is one chain as in `multiply`, by taps and then channels.
  ///
  /// - Parameter bias: one number a column of all groups, added at last; empty for none.
  /// - Complexity: rows · groups · depth · panel width multiplies.
  func multiplyGroups(
    _ rows: Span<Element>, _ panels: Span<Element>, bias: Span<Element>,
    into output: inout MutableSpan<Element>, _ product: GroupProduct)

  /// Gathers the windows of a convolution: row r, tap t, channel c is the map's element under the tap, or 0
  /// outside of the map.
  func gatherWindows(
    _ data: Span<Element>, _ windows: WindowRows, _ layout: RowLayout, into rows: inout MutableSpan<Element>)

  /// Gathers the windows of a deformable convolution: bilinear samples at displaced taps, times the mask.
  ///
  /// Positions are formed in fp32, as the frameworks do: their recorded offsets are fp32, and a position
  /// rounded otherwise is another sample.
  ///
  /// - Parameters:
  ///   - offsets: `[N, Ho, Wo, 2·G·Kh·Kw]`.
  ///   - mask: `[N, Ho, Wo, G·Kh·Kw]`, or empty.
  func gatherSamples(
    _ data: Span<Element>, offsets: Span<Element>, mask: Span<Element>, _ samples: SampleRows,
    _ layout: RowLayout, into rows: inout MutableSpan<Element>)

  /// Writes planes `[channels, H, W]` as a map with a rim.
  ///
  /// - Parameter border: `closed` repeats the last row and column behind them; the rest of the rim is zeros.
  func rim(
    _ planes: Span<Element>, _ map: RimmedMap, _ border: SampleRule.Border,
    into pixels: inout MutableSpan<Element>)

  /// Locates the samples of a deformable convolution, of the deformable group of the first channel.
  ///
  /// - Parameters:
  ///   - offsets: of the image of the positions, which are of one.
  ///   - strides: of the offsets.
  ///   - map: what they will be read from, of one image.
  ///   - places: `[⌈positions / 8⌉, taps, 8]`: the element of the neighbour above to the left.
  ///   - weights: `[⌈positions / 8⌉, taps, 4, 8]`: of the neighbours above left, above right, below left and below right.
  /// - Precondition: padding, map and windows are below 2²² elements together, along either axis.
  func locateSamples(
    offsets: Span<Element>, _ strides: PlaneStrides, _ samples: SampleRows, in map: RimmedMap,
    places: inout MutableSpan<UInt32>, weights: inout MutableSpan<Element>)

  /// Gathers located samples, times the mask.
  ///
  /// - Parameter mask: from that of the rows' first position and tap on; empty for none.
  /// - Complexity: 4 · positions · taps · channels multiplies.
  func gatherSamples(
    _ map: Span<Element>, places: Span<UInt32>, weights: Span<Element>, mask: Span<Element>,
    _ located: LocatedRows, into rows: inout MutableSpan<Element>)

  /// Spreads the gradients of a deformable convolution's columns: what `gatherSamples` does, backwards.
  ///
  /// Adds each column's gradient, times its weights and its mask, to the elements that it was sampled from, and
  /// writes what it is worth to the sample's place and mask. The derivative at a whole position is the one
  /// towards the next element; it is 0 where the closed border repeats an element, and for samples that do not
  /// count.
  ///
  /// - Parameters:
  ///   - columns: `[positions, taps, channels]`, of the windows' positions, taps and channels.
  ///   - map: `[H, W, channels]` of the one image that all positions are of; added to, position by position.
  ///   - moves: for each deformable group that the channels touch and each of the kernel's taps three planes
  ///     `[Ho, Wo]`: the gradients of the tap's two offsets in their order, and of its mask; those of the
  ///     positions and taps are written, summed over the channels.
  /// - Complexity: 8 · positions · taps · channels multiplies.
  func scatterSamples(
    _ columns: Span<Element>, _ data: Span<Element>, offsets: Span<Element>, mask: Span<Element>,
    _ samples: SampleRows, into map: inout MutableSpan<Element>, moves: inout MutableSpan<Element>)

  /// Writes some columns of a matrix as rows `[columns, rows]`; what lies between the rows stays as it is.
  func transpose(_ matrix: Span<Element>, _ move: Transposition, into result: inout MutableSpan<Element>)

  /// The largest, the sum or the mean of each window's elements; windows are clipped to the map.
  func pool(_ data: Span<Element>, _ pool: PoolRows, into output: inout MutableSpan<Element>)

  /// Writes f(a, b) element by element to a range of y; either may be a single element that all share.
  func combine(
    _ function: BinaryFunction, _ a: Span<Element>, _ b: Span<Element>,
    into y: inout MutableSpan<Element>, _ range: Range<Int>)

  /// max(x, 0); NaN stays NaN.
  func rectify(_ x: Span<Element>, into y: inout MutableSpan<Element>)

  /// (x − center)·scale + shift, one of each a column of x `[rows, columns]`, or one for all.
  func normalize(
    _ x: Span<Element>, center: Span<Element>, scale: Span<Element>, shift: Span<Element>,
    into y: inout MutableSpan<Element>)

  /// Softmax of each row of a matrix: exp((x − max)/temperature) over its sum, which is taken in order; the
  /// exponentials are within 2 ulp.
  func softmax(
    _ x: Span<Element>, columns: Int, temperature: Element, into y: inout MutableSpan<Element>)

  /// Reduces each bin's rectangle to one element a channel: the maximum, or the sum in row-major order divided
  /// by the count.
  ///
  /// A maximum starts at the least finite fp32 number and passes over NaN, as the frameworks' comparisons do.
  func reduce(
    _ data: Span<Element>, _ bins: Span<RegionBin>, _ reading: RegionReading,
    into output: inout MutableSpan<Element>)

  /// The mean of each bin's samples on a single plane of a map in logical order, one element a bin.
  ///
  /// Positions are formed in fp32, as the frameworks do; samples outside of [−0.5, size − 0.5] do not count, the
  /// others are moved into [0, size − 1].
  ///
  /// - Parameters:
  ///   - plane: rows and columns of each bin's plane.
  ///   - samples: along each side of a bin.
  func sampleGrids(
    _ data: Span<Element>, _ bins: Span<GridBin>, plane: Extent, samples: Int,
    into output: inout MutableSpan<Element>)

  /// The mean of each bin's samples, one element a channel.
  ///
  /// - Precondition: a bin's taps ascend along each axis.
  /// - Complexity: rows · columns · channels multiplies a bin.
  func sample(
    _ data: Span<Element>, _ taps: Span<AxisTap<Element>>, _ bins: Span<SampledBin>, channels: Int,
    into output: inout MutableSpan<Element>)

  /// Spreads the gradients of sampled bins: what `sample` does, backwards.
  ///
  /// Adds each bin's gradient, times the weights, to the elements that it is the mean of, and writes what it is
  /// worth to a move of the bin by an element.
  ///
  /// - Parameters:
  ///   - gradient: of the output; a bin's `target` counts in it.
  ///   - taps: with offsets in places, not in elements.
  ///   - slopes: the derivative of each tap's weight with respect to the position; empty where no moves are
  ///     wanted.
  ///   - map: `[places, spreading.mapStride]`, added to, bin by bin.
  ///   - moves: two a bin, along the columns and along the rows.
  func scatterBins(
    _ gradient: Span<Element>, _ data: Span<Element>, _ taps: Span<AxisTap<Element>>, slopes: Span<Element>,
    _ bins: Span<SampledBin>, _ spreading: BinSpreading, into map: inout MutableSpan<Element>,
    moves: inout MutableSpan<Element>)
}

/// The kernels of one instruction set.
package struct KernelModule: Sendable {
  /// `x86-64`, `AVX2`, `AVX-512`, `NEON`.
  package let name: String
  package let float: any KernelSet<Float>
  package let double: any KernelSet<Double>
  package let comparison: any ComparisonKernels

  package init(
    name: String, float: any KernelSet<Float>, double: any KernelSet<Double>,
    comparison: any ComparisonKernels
  ) {
    self.name = name
    self.float = float
    self.double = double
    self.comparison = comparison
  }

  package subscript<T: Lane>(_ type: T.Type) -> any KernelSet<T> { T.kernels(in: self) }
}
