internal import Tensors

/// Faults of one deformable group alone, and of samples that are not interpolated.
extension DeformableConvolution {
  /// Groups that are looked at one by one.
  private static let mostGroups = 8

  func addPartialFaults(to list: inout AlternativeList<Self>) {
    guard let taps = geometry.taps, list.shape(1).rank == 4,
      list.shape(1)[1] == 2 * deformableGroups * taps
    else { return }
    list.add("the nearest element instead of a mean of four", remedy: "interpolate bilinearly", input: 1) {
      $0.mapElements { $0.rounded() }
    }
    list.add("offsets cut to whole pixels", remedy: "keep the offsets' fractions", input: 1) {
      $0.mapElements { $0.rounded(.down) }
    }
    guard deformableGroups > 1, deformableGroups <= Self.mostGroups else { return }
    for group in 0..<deformableGroups {
      list.add(
        "the offsets of deformable group \(group) alone ignored", remedy: "move every group's samples",
        input: 1
      ) { $0.mapChannels(group * 2 * taps..<(group + 1) * 2 * taps) { _ in 0 } }
      guard let maskIndex, list.shape(maskIndex).rank == 4 else { continue }
      let channels = group * taps..<(group + 1) * taps
      list.add(
        "the mask applied twice to deformable group \(group) alone", remedy: "multiply by the mask once",
        input: maskIndex
      ) { $0.mapChannels(channels) { $0 * $0 } }
      list.add(
        "no mask for deformable group \(group) alone", remedy: "multiply each sample by its mask",
        input: maskIndex
      ) { $0.mapChannels(channels) { _ in 1 } }
    }
  }
}

extension Tensor {
  /// A function of the elements of some channels of `[N, C, …]`, in fp64.
  fileprivate func mapChannels(_ channels: Range<Int>, _ function: (Double) -> Double) -> Tensor {
    let inner = shape.dimensions[2...].reduce(1, *)
    let elements = converted(to: Double.self)
    return Tensor(
      elements.indices.map { index in
        channels.contains(index / inner % shape[1]) ? function(elements[index]) : elements[index]
      }, shape: shape)
  }
}
