internal import Tensors

/// How many groups of a grouped convolution are computed together: those whose channels of a whole image a
/// core's second cache holds beside the rest of the work.
struct GroupSlicing: Sendable, Hashable {
  let groups: Int

  /// - Parameters:
  ///   - windows: two-dimensional.
  ///   - map: one image of the input.
  ///   - deformableGroups: runs of channels that a slice lies in one of.
  /// - Returns: nil where one slice would be all there is, its groups are too large, the map's rows too short
  ///   to be worth it, or its windows too wide for `locateSamples`.
  init?(
    _ dimensions: BlockedProduct<Float>.Dimensions, _ windows: ConvolutionGeometry, of map: Extent,
    deformableGroups: Int
  ) {
    let depth = dimensions.taps * dimensions.channelsPerGroup
    guard dimensions.groups > 1, dimensions.groups % deformableGroups == 0, map.height > 0, map.width >= 16,
      (1...BlockedProduct<Float>.depthLimit).contains(depth), (1...16).contains(dimensions.filtersPerGroup),
      ([map.height, map.width] + windows.padBegin + windows.padEnd).allSatisfy({ $0 <= Self.reachLimit }),
      zip(windows.kernel, windows.dilation).allSatisfy({ Self.reachLimit / max(1, $0) >= $1 })
    else { return nil }
    let most = max(16, min(32, Self.mapLimit / map.count)) / dimensions.channelsPerGroup
    let together = dimensions.groups / deformableGroups
    groups = stride(from: max(1, min(most, together)), to: 1, by: -1).first { together % $0 == 0 } ?? 1
    // No fewer than a `RimmedMap` has; kernels count them in 32 bits.
    let pixels = (map.height + 3).multipliedReportingOverflow(by: map.width + 4)
    let elements = pixels.partialValue.multipliedReportingOverflow(by: groups * dimensions.channelsPerGroup)
    guard groups < dimensions.groups, !pixels.overflow, !elements.overflow,
      elements.partialValue <= Int(UInt32.max)
    else { return nil }
  }

  /// Elements of a slice of a map, where pixels of a cache line do not need more.
  private static var mapLimit: Int { 1 << 17 }
  /// Most elements of a side or a padding, or of taps times dilation: all steps of a window together are no more than a
  /// side with its paddings, so that corners and taps stay below 2²², as `locateSamples` demands.
  private static var reachLimit: Int { 1 << 19 }
}
