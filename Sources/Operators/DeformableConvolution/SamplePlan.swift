internal import Tensors

/// Where every sample of a deformable convolution is read, worked out once for all slices of its channels.
struct SamplePlan<T: Lane>: Sendable {
  private let windows: WindowGeometry
  private let rule: SampleRule
  private let images: Int
  /// Positions of an image, and so many of which places are kept.
  private let plane: Int
  private let keptPlane: Int
  private let taps: Int
  private let groupChannels: Int
  private let map: RimmedMap
  /// As `LocatedRows` has them: `[G, N, ⌈Ho·Wo / 8⌉, taps, 8]`, and four weights for each.
  private let places: MutableElements<UInt32>
  private let weights: MutableElements<T>

  /// - Parameter map: a slice's.
  init(_ windows: WindowGeometry, _ rule: SampleRule, images: Int, in map: RimmedMap) {
    self.windows = windows
    self.rule = rule
    self.map = map
    self.images = images
    plane = windows.output.count
    keptPlane = LocatedRows.padded(plane)
    taps = windows.kernel.count
    groupChannels = windows.channels / rule.deformableGroups
    let count = rule.deformableGroups * images * keptPlane * taps
    places = MutableElements(writtenCount: count)
    weights = MutableElements(writtenCount: 4 * count)
  }

  /// Where some positions of an image are among those of all deformable groups and images.
  ///
  /// - Precondition: the first one begins an eight.
  private func kept(_ range: Range<Int>, ofImage image: Int, _ group: Int) -> Range<Int> {
    precondition(range.lowerBound % 8 == 0 && range.upperBound <= plane, "\(range) of \(plane)")
    let start = (group * images + image) * keptPlane
    return start + range.lowerBound..<start + LocatedRows.padded(range.upperBound)
  }

  private func places(of kept: Range<Int>) -> MutableElements<UInt32> {
    places[taps * kept.lowerBound..<taps * kept.upperBound]
  }

  private func weights(of kept: Range<Int>) -> MutableElements<T> {
    weights[4 * taps * kept.lowerBound..<4 * taps * kept.upperBound]
  }

  /// Locates all samples, on all threads.
  ///
  /// - Parameter layout: the offsets', logical or channels-last.
  func locate(_ offsets: Elements<T>, _ layout: Layout, with kernels: any KernelSet<T>, on threads: Threads) {
    let block = 256
    let blocks = (plane + block - 1) / block
    let channels = 2 * rule.deformableGroups * taps
    let strides = strides(layout, channels: channels)
    threads.forEach(images * blocks * rule.deformableGroups) { piece, _ in
      let (group, place) = (piece % rule.deformableGroups, piece / rule.deformableGroups)
      let (image, first) = (place / blocks, place % blocks * block)
      let range = first..<min(first + block, plane)
      let kept = kept(range, ofImage: image, group)
      places(of: kept).withSpan { places in
        weights(of: kept).withSpan { weights in
          kernels.locateSamples(
            offsets: offsets.part(image * channels * plane..<(image + 1) * channels * plane), strides,
            SampleRows(
              windows: WindowRows(
                geometry: windows, positions: range.shifted(by: image * plane), taps: 0..<taps,
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
  ///   - range: positions from the first of an eight on.
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
    let kept = kept(range, ofImage: slice.image, group)
    let (places, weights) = (places(of: kept).elements, weights(of: kept).elements)
    kernels.gatherSamples(
      slice.map.span, places: places.span, weights: weights.span,
      mask: mask.factors.part(first..<first + count),
      LocatedRows(
        map: map, positions: range.count, taps: taps, channels: channels, rowStride: layout.rowStride,
        tapStride: layout.groupSize, mask: strides), into: &rows)
  }
}
