package import Tensors

extension DeformableConvolution {
  package var layout: LayoutPreference { .blocks }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try step(at: site, squares: false)
  }

  /// - Parameter squares: multiply the squares of weights with those of samples, mask included.
  func step<T: Lane>(at site: Site<T>, squares: Bool) throws(OperatorError) -> Step<T> {
    let windows = try WindowGeometry(geometry, site)
    let dimensions = BlockedProduct<T>.Dimensions(
      groups: groups, taps: windows.kernel.count, channelsPerGroup: windows.channels / groups,
      filtersPerGroup: filters / groups)
    let product = product(dimensions, squared: squares, at: site)
    let blocks = RowBlocks(of: product, at: site)
    let rule = SampleRule(self)
    let maskIndex = maskIndex
    return Step(scratch: blocks.scratch) { [kernels = site.kernels] evaluation in
      let data = evaluation.input(0)
      let offset = evaluation.input(1)
      let mask = maskIndex.map { evaluation.input($0) } ?? MutableElements(count: 0).elements
      blocks.run(evaluation) { stage, positions, layout, rows in
        let samples = SampleRows(
          windows: WindowRows(
            geometry: windows, positions: positions, taps: stage.taps,
            channels: dimensions.channels(of: stage)), rule: rule)
        kernels.gatherSamples(data.span, offsets: offset.span, mask: mask.span, samples, layout, into: &rows)
        if squares { for index in rows.indices { rows[index] *= rows[index] } }
      }
    }
  }
}

extension SampleRule {
  init(_ convolution: DeformableConvolution) {
    self.init(
      deformableGroups: convolution.deformableGroups,
      border: convolution.border == .closed ? .closed : .zero,
      coordinates: {
        switch convolution.coordinates {
        case .absolute: .absolute
        case .relative: .relative
        case .half: .half
        }
      }(), isYFirst: convolution.offsetOrder == .yx)
  }
}
