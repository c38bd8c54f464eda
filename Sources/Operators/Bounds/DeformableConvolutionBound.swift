internal import Tensors

/// The products of a deformable convolution's elements, and the rounding of the samples in them.
///
/// A sample's four weights and products round by (7/3)·u²·A² in variance, with A = Σ(bilinear weight·|value|);
/// its position is the one that the producer rounds to, so no coordinate term is needed. Where no declared order of
/// rounding fits, each position adds the square of what moving it by its error does to all channels that share it, /3
/// (BOUNDS.md, "Deformable convolution").
struct DeformableConvolutionBound: SumBound {
  let operation: DeformableConvolution
  private let data: Elements<Double>
  private let offset: Elements<Float>
  private let mask: Elements<Double>?
  private let weight: Elements<Double>
  private let bias: Elements<Double>?
  let input: Shape
  private let output: Shape
  private let taps: Int
  private let channelsPerGroup: Int
  private let roundsPositions: Bool

  init(_ operation: DeformableConvolution, _ operands: BoundOperands) {
    self.operation = operation
    let data = operands.input(0)
    self.data = Elements(data.widened)
    offset = Elements(operands.input(1).narrowed)
    mask = operation.maskIndex.map { Elements(operands.input($0).widened) }
    weight = Elements(operands.input(operation.weightIndex).widened)
    bias = operation.biasIndex.map { Elements(operands.input($0).widened) }
    input = data.shape
    output = operands.outputShape
    taps = operation.geometry.taps ?? 0
    channelsPerGroup = data.shape[1] / operation.groups
    roundsPositions = operands.roundsPositions
  }

  func termCount(of element: Int) -> Int { channelsPerGroup * taps + (bias == nil ? 0 : 1) }

  func list(_ element: Int, into terms: inout SumTerms) { list(element, into: &terms, crossing: []) }

  /// Lists the products of one element.
  ///
  /// - Parameter crossed: samples whose position is taken from the border's other side.
  private func list(_ element: Int, into terms: inout SumTerms, crossing crossed: Set<SamplePlace>) {
    let place = output.position(of: element)
    let (image, filter) = (place[0], place[1])
    let firstChannel = filter / (operation.filters / operation.groups) * channelsPerGroup
    let channelsPerOffset = input[1] / operation.deformableGroups
    var samples: [BilinearSample?] = []
    var moves = PositionMoves()
    var sampledGroup = -1
    for channel in 0..<channelsPerGroup {
      let group = (firstChannel + channel) / channelsPerOffset
      if group != sampledGroup {
        samples = (0..<taps).map { tap in
          let position = position(image: image, group: group, tap: tap, place: place)
          let sample = sample(at: position)
          guard crossed.contains(SamplePlace(group: group, tap: tap)) else { return sample }
          return sample == nil ? self.sample(at: inside(position)) : nil
        }
        moves.finish(&terms)
        if roundsPositions {
          moves = PositionMoves(
            (0..<taps).map { moved(position(image: image, group: group, tap: $0, place: place)) })
        }
        sampledGroup = group
      }
      let plane = (image * input[1] + firstChannel + channel) * input[2] * input[3]
      for tap in 0..<taps {
        let factor =
          weight.span[(filter * channelsPerGroup + channel) * taps + tap]
          * maskValue(image: image, group: group, tap: tap, place: place)
        let (value, size) = samples[tap]?.read { data.span[plane + $0] } ?? (0, 0)
        moves.add(tap, value, factor) { sample in sample?.read { data.span[plane + $0] }.value ?? 0 }
        terms.products.append(factor * value)
        terms.priorVariance += factor * factor * size * size * 7 / 3
        terms.priorBound += 8 * abs(factor) * size
      }
    }
    moves.finish(&terms)
    terms.tapsPerChannel = taps
    terms.bias = bias?.span[filter]
  }

  private func channelOffset(_ image: Int, _ channel: Int, of channels: Int, _ place: [Int]) -> Int {
    ((image * channels + channel) * output[2] + place[2]) * output[3] + place[3]
  }

  func maskValue(image: Int, group: Int, tap: Int, place: [Int]) -> Double {
    guard let mask else { return 1 }
    let channels = operation.deformableGroups * taps
    return mask.span[channelOffset(image, group * taps + tap, of: channels, place)]
  }

  /// Where a tap reads, in map elements, and how far another order of the additions may move that.
  func position(image: Int, group: Int, tap: Int, place: [Int]) -> SamplePosition {
    let geometry = operation.geometry
    let channels = 2 * operation.deformableGroups * taps
    let first = 2 * (group * taps + tap)
    let pair = [first, first + 1].map { offset.span[channelOffset(image, $0, of: channels, place)] }
    let (moveY, moveX) = operation.offsetOrder == .yx ? (pair[0], pair[1]) : (pair[1], pair[0])
    let steps = [tap / geometry.kernel[1], tap % geometry.kernel[1]]
    func coordinate(_ axis: Int, _ move: Float) -> (Double, Double) {
      let base = place[2 + axis] * geometry.stride[axis] - geometry.padBegin[axis]
      let step = steps[axis] * geometry.dilation[axis]
      let exact = Double(base + step) + Double(move)
      let absolute = Double(Float(base + step) + move)
      let relative = Double(Float(step) + move) + Double(base)
      // What is exact in either order is in no doubt, on an edge either: there rules differ, not roundings.
      let error = max(abs(absolute - exact), abs(relative - exact))
      switch operation.coordinates {
      case .absolute: return (absolute, 2 * error)
      case .relative: return (relative, 2 * error)
      case .half: return (Double(float(fromFloat16: float16Bits(of: Float(base + step) + move))), 0)
      }
    }
    let (y, x) = (coordinate(0, moveY), coordinate(1, moveX))
    return SamplePosition(y: y.0, x: x.0, errorY: y.1, errorX: x.1)
  }

  /// The sample at a position; nil where it does not count.
  private func sample(at position: SamplePosition) -> BilinearSample? {
    BilinearSample(
      y: position.y, x: position.x, height: input[2], width: input[3], border: operation.border)
  }

  /// A position that is moved over the closed border's edge where that is within its error.
  private func inside(_ position: SamplePosition) -> SamplePosition {
    func moved(_ value: Double, _ error: Double, _ size: Int) -> Double {
      let edge = Double(size)
      if value < 0, value >= -error { return 0 }
      return value >= edge && value <= edge + error ? edge.nextDown : value
    }
    var result = position
    result.y = moved(position.y, position.errorY, input[2])
    result.x = moved(position.x, position.errorX, input[3])
    return result
  }

  /// The samples of positions that are moved by their error, up and down along each axis, where no declared order fits.
  private func moved(_ position: SamplePosition) -> [BilinearSample?] {
    let u = 0x1p-24
    let (y, x) = (
      u * max(abs(position.y), Double(input[2])), u * max(abs(position.x), Double(input[3]))
    )
    return [(y, 0), (-y, 0), (0, x), (0, -x)].map { move in
      var result = position
      result.y += move.0
      result.x += move.1
      return sample(at: result)
    }
  }
}

/// Which sample of an output position.
private struct SamplePlace: Hashable {
  let group: Int
  let tap: Int
}

/// A position in map elements with its coordinate error.
struct SamplePosition {
  var y: Double
  var x: Double
  let errorY: Double
  let errorX: Double
}

/// What errors of positions do to an element: the sums of all channels that share them.
private struct PositionMoves {
  /// By tap: samples up and down along each axis.
  private let samples: [[BilinearSample?]]
  private var sums: [[Double]]

  /// Of no positions.
  init() { self.init([]) }

  init(_ samples: [[BilinearSample?]]) {
    self.samples = samples
    sums = samples.map { $0.map { _ in 0 } }
  }

  /// Adds a channel's sample of a tap, times its weight and mask.
  mutating func add(_ tap: Int, _ value: Double, _ factor: Double, _ read: (BilinearSample?) -> Double) {
    guard !samples.isEmpty else { return }
    for (index, sample) in samples[tap].enumerated() { sums[tap][index] += factor * (read(sample) - value) }
  }

  /// Adds the variances, in units of u², of the worse direction along each axis.
  func finish(_ terms: inout SumTerms) {
    let u = 0x1p-24
    for tap in sums {
      for axis in 0..<2 {
        let effect = max(abs(tap[2 * axis]), abs(tap[2 * axis + 1])) / u
        terms.priorVariance += effect * effect / 3
        terms.priorBound += 2 * effect
      }
    }
  }
}

/// Samples within coordinate error of the closed border count or do not; nothing else jumps.
extension DeformableConvolutionBound: OtherSides {
  /// Samples in doubt at one output position beyond which no combination is tried.
  private static let maximumDoubts = 4

  func terms(of element: Int) -> [SumTerms] {
    guard operation.border == .closed else { return [] }
    let doubts = doubts(of: element)
    guard !doubts.isEmpty, doubts.count <= Self.maximumDoubts else { return [] }
    return (1..<1 << doubts.count).map { combination in
      var terms = SumTerms()
      let crossed = doubts.indices.filter { combination >> $0 & 1 == 1 }.map { doubts[$0] }
      list(element, into: &terms, crossing: Set(crossed))
      return terms
    }
  }

  private func doubts(of element: Int) -> [SamplePlace] {
    let place = output.position(of: element)
    let firstChannel = place[1] / (operation.filters / operation.groups) * channelsPerGroup
    let channelsPerOffset = input[1] / operation.deformableGroups
    guard channelsPerGroup > 0, channelsPerOffset > 0 else { return [] }
    let groups = firstChannel / channelsPerOffset...(firstChannel + channelsPerGroup - 1) / channelsPerOffset
    return groups.flatMap { group in
      (0..<taps).map { SamplePlace(group: group, tap: $0) }.filter { isInDoubt($0, image: place[0], place) }
    }
  }

  private func isInDoubt(_ sample: SamplePlace, image: Int, _ place: [Int]) -> Bool {
    let position = position(image: image, group: sample.group, tap: sample.tap, place: place)
    func isNearEdge(_ value: Double, _ error: Double, _ size: Int) -> Bool {
      error > 0 && (abs(value) <= error || abs(value - Double(size)) <= error)
    }
    guard
      isNearEdge(position.y, position.errorY, input[2]) || isNearEdge(position.x, position.errorX, input[3])
    else { return false }
    // Beyond the map along the other axis it never counts.
    return self.sample(at: inside(position)) != nil
  }
}

extension DeformableConvolution: Discontinuous {
  package func otherSides(_ operands: BoundOperands) -> any OtherSides {
    DeformableConvolutionBound(self, operands)
  }
}

extension DeformableConvolution.Border {
  /// Whether a position along an axis of so many elements counts; NaN never does.
  func counts(_ position: Double, of size: Int) -> Bool {
    switch self {
    case .closed: position >= 0 && position < Double(size)
    case .zero: position > -1 && position < Double(size)
    }
  }
}

/// The four neighbours of a position in a plane, with their weights.
struct BilinearSample {
  private var places: [Int] = []
  private var weights: [Double] = []

  /// Nil where the position does not count under the border's rule; NaN never does.
  init?(y: Double, x: Double, height: Int, width: Int, border: DeformableConvolution.Border) {
    guard border.counts(y, of: height), border.counts(x, of: width) else { return nil }
    for (row, rowWeight) in Self.neighbours(y, height, border) {
      for (column, columnWeight) in Self.neighbours(x, width, border) {
        places.append(row * width + column)
        weights.append(rowWeight * columnWeight)
      }
    }
  }

  /// Rows (or columns) of one axis with their weights; those beyond the map are left out.
  private static func neighbours(
    _ position: Double, _ size: Int, _ border: DeformableConvolution.Border
  ) -> [(Int, Double)] {
    let low = position.rounded(.down)
    let first = Int(low)
    if border == .closed && first >= size - 1 { return [(size - 1, 1)] }
    let share = position - low
    return [(first, 1 - share), (first + 1, share)].filter { $0.0 >= 0 && $0.0 < size }
  }

  /// The sample, and the sum of its parts' sizes.
  func read(_ value: (Int) -> Double) -> (value: Double, size: Double) {
    var sum = 0.0
    var size = 0.0
    for (place, weight) in zip(places, weights) {
      let part = weight * value(place)
      sum += part
      size += abs(part)
    }
    return (sum, size)
  }
}

extension DeformableConvolution {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let taps = operands.input(0).shape[1] / groups * (geometry.taps ?? 0)
    return .sums(
      RerunSums(self, operands, count: taps + (biasIndex == nil ? 0 : 1), roundsBefore: true) {
        DeformableConvolutionBound(self, operands)
      })
  }
}
