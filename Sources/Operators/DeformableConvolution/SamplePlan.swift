internal import Tensors

/// Where every sample of a deformable convolution is read, worked out once for all slices of its channels.
struct SamplePlan<T: Lane>: Sendable {
  private let windows: WindowGeometry
  private let rule: SampleRule
  /// Of all images, and of one.
  private let positions: Int
  private let plane: Int
  private let taps: Int
  private let groupChannels: Int
  private let map: RimmedMap
  /// `[G, N·Ho·Wo, taps]`, and four weights for each.
  private let places: MutableElements<UInt32>
  private let weights: MutableElements<T>

  /// - Parameter map: a slice's.
  init(_ windows: WindowGeometry, _ rule: SampleRule, images: Int, in map: RimmedMap) {
    self.windows = windows
    self.rule = rule
    self.map = map
    plane = windows.output.count
    positions = images * plane
    taps = windows.kernel.count
    groupChannels = windows.channels / rule.deformableGroups
    let count = rule.deformableGroups * positions * taps
    places = MutableElements(writtenCount: count)
    weights = MutableElements(writtenCount: 4 * count)
  }

  /// The places of some positions of a deformable group.
  private func places(of range: Range<Int>, _ group: Int) -> MutableElements<UInt32> {
    let start = group * positions
    return places[taps * (start + range.lowerBound)..<taps * (start + range.upperBound)]
  }

  private func weights(of range: Range<Int>, _ group: Int) -> MutableElements<T> {
    let start = group * positions
    return weights[4 * taps * (start + range.lowerBound)..<4 * taps * (start + range.upperBound)]
  }

  /// Locates all samples, on all threads.
  ///
  /// - Parameter layout: the offsets', logical or channels-last.
  func locate(_ offsets: Elements<T>, _ layout: Layout, with kernels: any KernelSet<T>, on threads: Threads) {
    let block = 256
    let blocks = (plane + block - 1) / block
    let channels = 2 * rule.deformableGroups * taps
    let strides = strides(layout, channels: channels)
    threads.forEach(positions / max(1, plane) * blocks * rule.deformableGroups) { piece, _ in
      let (group, place) = (piece % rule.deformableGroups, piece / rule.deformableGroups)
      let (image, first) = (place / blocks, place % blocks * block)
      let range = (first..<min(first + block, plane)).shifted(by: image * plane)
      places(of: range, group).withSpan { places in
        weights(of: range, group).withSpan { weights in
          kernels.locateSamples(
            offsets: offsets.part(image * channels * plane..<(image + 1) * channels * plane), strides,
            SampleRows(
              windows: WindowRows(
                geometry: windows, positions: range, taps: 0..<taps,
                channels: group * groupChannels..<(group + 1) * groupChannels), rule: rule), in: map,
            places: &places, weights: &weights)
        }
      }
    }
  }

  private func strides(_ layout: Layout, channels: Int) -> PlaneStrides {
    layout == .logical
      ? PlaneStrides(position: 1, channel: plane) : PlaneStrides(position: channels, channel: 1)
  }

  /// Writes the samples of some positions of a slice's image as rows.
  ///
  /// - Parameters:
  ///   - channels: counted in the slice.
  ///   - mask: of all images, and how it stands; or empty.
  func gather(
    _ slice: GroupSlices<T>.Slice, channels: Range<Int>, _ range: Range<Int>,
    mask: (factors: Elements<T>, layout: Layout), _ layout: RowLayout, with kernels: any KernelSet<T>,
    into rows: inout MutableSpan<T>
  ) {
    let group = slice.channels.lowerBound / groupChannels
    let factors = rule.deformableGroups * taps
    let strides = strides(mask.layout, channels: factors)
    let first =
      slice.image * factors * plane + group * taps * strides.channel + range.lowerBound * strides.position
    let count = strides.extent(positions: range.count, channels: taps)
    let range = range.shifted(by: slice.image * plane)
    let (places, weights) = (places(of: range, group).elements, weights(of: range, group).elements)
    kernels.gatherSamples(
      slice.map.span, places: places.span, weights: weights.span,
      mask: mask.factors.part(first..<first + count),
      LocatedRows(
        map: map, positions: range.count, taps: taps, channels: channels, rowStride: layout.rowStride,
        tapStride: layout.groupSize, mask: strides), into: &rows)
  }
}
