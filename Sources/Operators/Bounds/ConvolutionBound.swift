internal import Tensors

/// The products of a convolution's elements (BOUNDS.md, "Inner products").
///
/// Taps in the padding count as products of zero, as in the column buffers of most frameworks.
struct ConvolutionBound: SumBound {
  private let geometry: ConvolutionGeometry
  private let data: Elements<Double>
  private let weight: Elements<Double>
  private let bias: Elements<Double>?
  private let input: Shape
  private let output: Shape
  private let channelsPerGroup: Int
  private let filtersPerGroup: Int
  /// Each tap's place in the window, in taps.
  private let taps: [[Int]]

  init(
    geometry: ConvolutionGeometry, groups: Int, data: Tensor, weight: Tensor, bias: Tensor?, output: Shape
  ) {
    self.geometry = geometry
    self.data = Elements(data.widened)
    self.weight = Elements(weight.widened)
    self.bias = bias.map { Elements($0.widened) }
    input = data.shape
    self.output = output
    channelsPerGroup = data.shape[1] / groups
    filtersPerGroup = output[1] / groups
    taps = geometry.kernel.reduce([[]]) { places, size in
      places.flatMap { place in (0..<size).map { place + [$0] } }
    }
  }

  func termCount(of element: Int) -> Int { channelsPerGroup * taps.count + (bias == nil ? 0 : 1) }

  func list(_ element: Int, into terms: inout SumTerms) {
    let place = output.position(of: element)
    let (image, filter) = (place[0], place[1])
    let offsets = taps.map { offset(of: $0, at: place) }
    let planeSize = input.count / max(1, input[0] * input[1])
    let group = filter / filtersPerGroup
    let (data, weight) = (data.span, weight.span)
    for channel in 0..<channelsPerGroup {
      let plane = (image * input[1] + group * channelsPerGroup + channel) * planeSize
      let row = (filter * channelsPerGroup + channel) * taps.count
      for (tap, offset) in offsets.enumerated() {
        terms.products.append(offset.map { data[plane + $0] * weight[row + tap] } ?? 0)
      }
    }
    terms.tapsPerChannel = taps.count
    terms.bias = bias?.span[filter]
  }

  /// Where a tap reads in a plane of the input; nil in the padding.
  private func offset(of tap: [Int], at place: [Int]) -> Int? {
    var offset = 0
    for axis in tap.indices {
      let position =
        place[2 + axis] * geometry.stride[axis] - geometry.padBegin[axis] + tap[axis]
        * geometry.dilation[axis]
      guard position >= 0, position < input[2 + axis] else { return nil }
      offset = offset * input[2 + axis] + position
    }
    return offset
  }
}

extension Convolution {
  /// Products of an element's sum, a bias counted as one.
  func termCount(_ data: Shape) -> Int {
    data[1] / groups * geometry.kernel.reduce(1, *) + (hasBias ? 1 : 0)
  }

  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    .sums(
      RerunSums(self, operands, count: termCount(operands.input(0).shape)) {
        ConvolutionBound(
          geometry: geometry, groups: groups, data: operands.input(0), weight: operands.input(1),
          bias: hasBias ? operands.input(2) : nil, output: operands.outputShape)
      })
  }
}
