package import Tensors

extension Convolution {
  package var layout: LayoutPreference { .blocks() }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try step(at: site, squaresWeights: false)
  }

  /// - Parameter squaresWeights: multiply with the squares of the weights.
  func step<T: Lane>(at site: Site<T>, squaresWeights: Bool) throws(OperatorError) -> Step<T> {
    let windows = try WindowGeometry(geometry, site)
    let taps = windows.kernel.count
    let dimensions = BlockedProduct<T>.Dimensions(
      groups: groups, taps: taps, channelsPerGroup: windows.channels / groups,
      filtersPerGroup: filters / groups)
    let product =
      site.packed as? BlockedProduct<T>
      ?? self.product(dimensions, squared: squaresWeights, at: site)
    var step = step(of: product, dimensions, windows, at: site)
    step.packed = product
    return step
  }

  private func step<T: Lane>(
    of product: BlockedProduct<T>, _ dimensions: BlockedProduct<T>.Dimensions, _ windows: WindowGeometry,
    at site: Site<T>
  ) -> Step<T> {
    let blocks = RowBlocks(of: product, at: site)
    // Rows a multiple of half a page apart would share few lines of the first cache: those are copied.
    if windows.isPointwise && windows.channels * MemoryLayout<T>.size % 2048 != 0 {
      return Step(scratch: blocks.scratch) { evaluation in
        blocks.run(evaluation, rows: evaluation.input(0), rowStride: windows.channels)
      }
    }
    return Step(scratch: blocks.scratch) { [kernels = site.kernels] evaluation in
      let data = evaluation.input(0)
      blocks.run(evaluation) { stage, positions, layout, rows in
        kernels.gatherWindows(
          data.span,
          WindowRows(
            geometry: windows, positions: positions, taps: stage.taps,
            channels: dimensions.channels(of: stage)), layout, into: &rows)
      }
    }
  }
}

extension BlockedProduct.WeightLayout {
  /// `[filters, channels / groups, taps]`, as every framework stores the weights of convolutions.
  static func filtersFirst(_ dimensions: BlockedProduct.Dimensions) -> Self {
    let depth = dimensions.channelsPerGroup * dimensions.taps
    return Self(
      taps: Array(0..<dimensions.taps), channelStride: dimensions.taps, filterStride: depth,
      groupStride: depth * dimensions.filtersPerGroup)
  }
}

extension BlockedProduct.Dimensions {
  /// The map's channels that a stage takes.
  func channels(of stage: BlockedProduct.Stage) -> Range<Int> {
    let first = stage.groups.lowerBound * channelsPerGroup
    if stage.groups.count > 1 { return first..<(stage.groups.upperBound * channelsPerGroup) }
    return (first + stage.channels.lowerBound)..<(first + stage.channels.upperBound)
  }
}

extension Range where Bound == Int {
  /// The range so many numbers further.
  func shifted(by distance: Int) -> Self { (lowerBound + distance)..<(upperBound + distance) }
}

extension WindowGeometry {
  /// The geometry of maps with up to three spatial dimensions.
  ///
  /// - Throws: `OperatorError` where there are more.
  init<T>(_ geometry: ConvolutionGeometry, _ site: Site<T>) throws(OperatorError) {
    try self.init(geometry, input: site.input(0).shape, output: site.output().shape)
  }

  /// The geometry of maps with up to three spatial dimensions.
  ///
  /// - Throws: `OperatorError` where there are more.
  init(_ geometry: ConvolutionGeometry, input: Shape, output: Shape) throws(OperatorError) {
    guard geometry.rank <= 3 else {
      throw .attribute("kernel", found: "\(geometry.kernel)", expected: "one to three spatial dimensions")
    }
    self.init(
      input: Extent(input.dimensions[2...]), output: Extent(output.dimensions[2...]),
      kernel: Extent(geometry.kernel[...]), stride: Extent(geometry.stride[...]),
      dilation: Extent(geometry.dilation[...]), pad: Extent(geometry.padBegin[...], filler: 0),
      channels: input[1])
  }

  /// Whether each output position takes just the input position of the same number.
  var isPointwise: Bool {
    kernel.count == 1 && input == output && stride.count == 1 && pad == .none
  }
}

extension Extent {
  /// No padding.
  static let none = Extent(depth: 0, height: 0, width: 0)

  /// Up to three sizes, the missing ones in front.
  init(_ sizes: ArraySlice<Int>, filler: Int = 1) {
    let all = Array(repeating: filler, count: max(0, 3 - sizes.count)) + sizes
    self.init(depth: all[0], height: all[1], width: all[2])
  }
}
