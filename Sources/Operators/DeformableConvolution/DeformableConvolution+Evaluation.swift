package import Tensors

extension DeformableConvolution {
  package var layout: LayoutPreference { .blocks() }

  package func layout(for inputs: [Shape?]) -> LayoutPreference {
    guard let data = inputs.first ?? nil, data.rank == 4 else { return layout }
    let dimensions = BlockedProduct<Float>.Dimensions(self, channels: data[1])
    return .blocks(takesPlanes: slicing(dimensions, Extent(height: data[2], width: data[3])) != nil)
  }

  private func slicing(_ dimensions: BlockedProduct<Float>.Dimensions, _ map: Extent) -> GroupSlicing? {
    GroupSlicing(dimensions, geometry, of: map, deformableGroups: deformableGroups)
  }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    try step(at: site, squares: false)
  }

  /// - Parameter squares: multiply the squares of weights with those of samples, mask included.
  func step<T: Lane>(at site: Site<T>, squares: Bool) throws(OperatorError) -> Step<T> {
    let windows = try WindowGeometry(geometry, site)
    let slicing = slicing(
      BlockedProduct<Float>.Dimensions(self, channels: windows.channels), windows.input)
    if let slicing, site.input(0).layout == .logical {
      return step(at: site, windows, slicing, squares: squares)
    }
    let product = product(
      BlockedProduct<T>.Dimensions(self, channels: windows.channels), squared: squares, at: site)
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
            channels: product.dimensions.channels(of: stage)), rule: rule)
        kernels.gatherSamples(data.span, offsets: offset.span, mask: mask.span, samples, layout, into: &rows)
        if squares { for index in rows.indices { rows[index] *= rows[index] } }
      }
    }
  }

  /// Slices share the samples' places, which would be worked out again for each.
  private func step<T: Lane>(
    at site: Site<T>, _ windows: WindowGeometry, _ slicing: GroupSlicing, squares: Bool
  ) -> Step<T> {
    let dimensions = BlockedProduct<T>.Dimensions(self, channels: windows.channels)
    let rule = SampleRule(self)
    let slices = GroupSlices(
      of: product(dimensions, squared: squares, slicing: slicing, at: site), slicing, rule.border, at: site)
    let (map, images) = (slices.map, site.output().shape[0])
    let plans = Reused { SamplePlan<T>(windows, rule, images: images, in: map) }
    let layouts = (offset: site.input(1).layout, mask: maskIndex.map { site.input($0).layout } ?? .logical)
    return Step(scratch: slices.scratch) { [kernels = site.kernels, maskIndex] evaluation in
      let factors = maskIndex.map { evaluation.input($0) } ?? MutableElements(count: 0).elements
      let mask = (factors: factors, layout: layouts.mask)
      plans.with { plan in
        plan.locate(evaluation.input(1), layouts.offset, with: kernels, on: evaluation.threads)
        slices.run(evaluation) { [plan] slice, stage, positions, layout, rows in
          plan.gather(
            slice, channels: slice.channels(of: stage, dimensions), positions, mask: mask, layout,
            with: kernels, into: &rows)
          if squares { for index in rows.indices { rows[index] *= rows[index] } }
        }
      }
    }
  }
}

extension BlockedProduct.Dimensions {
  fileprivate init(_ convolution: DeformableConvolution, channels: Int) {
    self.init(
      groups: convolution.groups, taps: convolution.geometry.kernel.reduce(1, *),
      channelsPerGroup: channels / convolution.groups,
      filtersPerGroup: convolution.filters / convolution.groups)
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
