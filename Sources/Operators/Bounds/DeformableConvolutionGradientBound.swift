package import Tensors

/// The products of the gradients of a deformable convolution, and what rounds in their factors.
///
/// With g the output's gradient, c = Σ w·g over the M filters that read a channel at a tap, b a sample's bilinear weights, s
/// their derivatives, m its mask, v = Σ b·x and A = Σ|b·x| the sample, v' and A' the same of s:
///
/// | gradient of | element | each product rounds by, in u² |
/// |---|---|---|
/// | data | Σ b·m·c over the samples that touch it | (b·m)²·σ_c² + 5/3·p²: c, three roundings of b, two of the product |
/// | offset | Σ m·c·v' over the group's channels | (m·v')²·σ_c² + (m·c)²·7/3·A'² + 2/3·p² |
/// | mask | Σ c·v over the group's channels | v²·σ_c² + c²·7/3·A² + p²/3 |
/// | weight | Σ g·m·v over images and positions | (g·m)²·7/3·A² + 2/3·p² |
/// | bias | Σ g over images and positions | nothing |
///
/// The weight of the neighbour beyond a position, y + 1 − h, also rounds at the size of y, as MXNet forms it
/// (contrib/nn/deformable_im2col.h); that is added for the data.
/// The sums themselves round by σ_A, beyond six of it by σ_C (BOUNDS.md, "Inner products"). σ_c is twice σ_A of c's own
/// sum: its order is not looked at.
struct DeformableConvolutionGradientBound: SumBound {
  private enum Part {
    case data(GroupedEntries)
    case offset, mask, weight, bias
  }

  private let part: Part
  private let operation: DeformableConvolution
  private let samples: DeformableConvolutionBound
  private let data: Elements<Double>
  private let weight: Elements<Double>
  private let head: Elements<Double>
  private let input: Shape
  private let output: Shape
  private let taps: Int
  private let channelsPerGroup: Int
  private let filtersPerGroup: Int
  private let channelsPerOffset: Int

  private var positions: Int { output[2] * output[3] }
  private var plane: Int { input[2] * input[3] }

  /// - Parameter operands: of the forward pass, the reference being the gradient of its output.
  init(_ operation: DeformableConvolution, of index: Int, _ operands: BoundOperands) {
    var operation = operation
    // Backwards all sources form positions so.
    if operation.coordinates == .relative { operation.coordinates = .absolute }
    self.operation = operation
    samples = DeformableConvolutionBound(operation, operands)
    data = Elements(operands.input(0).widened)
    weight = Elements(operands.input(operation.weightIndex).widened)
    head = operands.reference
    input = operands.input(0).shape
    output = operands.outputShape
    taps = operation.geometry.taps ?? 0
    channelsPerGroup = input[1] / operation.groups
    filtersPerGroup = operation.filters / operation.groups
    channelsPerOffset = input[1] / operation.deformableGroups
    part =
      switch index {
      case 0:
        .data(Self.touching(samples, operation, input, output, taps))
      case 1: .offset
      case operation.maskIndex: .mask
      case operation.weightIndex: .weight
      default: .bias
      }
  }

  /// The samples that touch each place of each image's deformable groups, with b·m.
  private static func touching(
    _ samples: DeformableConvolutionBound, _ operation: DeformableConvolution, _ input: Shape,
    _ output: Shape,
    _ taps: Int
  ) -> GroupedEntries {
    let groups = operation.deformableGroups
    let (plane, positions) = (input[2] * input[3], output[2] * output[3])
    var list: [(key: Int, entry: GroupedEntries.Entry)] = []
    for image in 0..<input[0] {
      for group in 0..<groups {
        for tap in 0..<taps {
          for position in 0..<positions {
            let place = [image, 0, position / output[3], position % output[3]]
            guard let sample = samples.sloped(image: image, group: group, tap: tap, place: place) else {
              continue
            }
            let mask = samples.maskValue(image: image, group: group, tap: tap, place: place)
            let at = samples.position(image: image, group: group, tap: tap, place: place)
            for neighbour in sample.taps where neighbour.weight != 0 {
              // Of the neighbour beyond: (y + 1) rounds at the size of y, not of the weight.
              let y = max(0, neighbour.slopeY) * (abs(at.y) + 1) * mask
              let x = max(0, neighbour.slopeX) * (abs(at.x) + 1) * mask
              list.append(
                (
                  (image * groups + group) * plane + neighbour.place,
                  GroupedEntries.Entry(
                    source: tap * positions + position, factor: neighbour.weight * mask,
                    variance: (y * y + x * x) / 3, hard: abs(y) + abs(x))
                ))
            }
          }
        }
      }
    }
    return GroupedEntries(keys: input[0] * groups * plane, list)
  }

  func termCount(of element: Int) -> Int {
    switch part {
    case .data(let touching): touching[key(of: element)].count
    case .offset, .mask: channelsPerOffset
    case .weight, .bias: input[0] * positions
    }
  }

  /// The group of samples that may touch an element of the data.
  private func key(of element: Int) -> Int {
    let (image, channel) = (element / plane / input[1], element / plane % input[1])
    return (image * operation.deformableGroups + channel / channelsPerOffset) * plane + element % plane
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    switch part {
    case .data(let touching): listData(element, touching, into: &terms)
    case .offset: listMoves(element, perTap: 2, into: &terms)
    case .mask: listMoves(element, perTap: 1, into: &terms)
    case .weight: listWeight(element, into: &terms)
    case .bias:
      for image in 0..<input[0] {
        let first = (image * output[1] + element) * positions
        for position in 0..<positions { terms.products.append(head.span[first + position]) }
      }
    }
  }

  private func listData(_ element: Int, _ touching: GroupedEntries, into terms: inout SumTerms) {
    let (image, channel) = (element / plane / input[1], element / plane % input[1])
    for entry in touching[key(of: element)] {
      let column = column(image, channel, tap: entry.source / positions, position: entry.source % positions)
      let product = entry.factor * column.value
      terms.products.append(product)
      terms.priorVariance +=
        entry.factor * entry.factor * column.variance + product * product * 5 / 3
        + entry.variance * column.value * column.value
      terms.priorBound +=
        abs(entry.factor) * column.hard + 6 * abs(product) + entry.hard * abs(column.value)
    }
  }

  /// An offset's gradient, or a mask's.
  private func listMoves(_ element: Int, perTap: Int, into terms: inout SumTerms) {
    let (image, row) = (
      element / positions / (operation.deformableGroups * taps * perTap),
      element / positions % (operation.deformableGroups * taps * perTap)
    )
    let (group, tap, position) = (row / perTap / taps, row / perTap % taps, element % positions)
    let place = [image, 0, position / output[3], position % output[3]]
    guard let sample = samples.sloped(image: image, group: group, tap: tap, place: place) else { return }
    let isY = (row % 2 == 0) == (operation.offsetOrder == .yx)
    let factor: KeyPath<SlopedSample.Tap, Double> = perTap == 1 ? \.weight : isY ? \.slopeY : \.slopeX
    let mask = perTap == 1 ? 1 : samples.maskValue(image: image, group: group, tap: tap, place: place)
    for channel in group * channelsPerOffset..<(group + 1) * channelsPerOffset {
      let first = (image * input[1] + channel) * plane
      let (value, size) = sample.read(factor) { data.span[first + $0] }
      let column = column(image, channel, tap: tap, position: position)
      let product = column.value * mask * value
      terms.products.append(product)
      terms.priorVariance +=
        mask * mask * (value * value * column.variance + column.value * column.value * size * size * 7 / 3)
        + product * product * 2 / 3
      terms.priorBound +=
        abs(mask) * (abs(value) * column.hard + 8 * abs(column.value) * size) + 3 * abs(product)
    }
  }

  private func listWeight(_ element: Int, into terms: inout SumTerms) {
    let (filter, tap) = (element / taps / channelsPerGroup, element % taps)
    let channel = filter / filtersPerGroup * channelsPerGroup + element / taps % channelsPerGroup
    let group = channel / channelsPerOffset
    for image in 0..<input[0] {
      let first = (image * input[1] + channel) * plane
      for position in 0..<positions {
        let place = [image, 0, position / output[3], position % output[3]]
        guard let sample = samples.sloped(image: image, group: group, tap: tap, place: place) else {
          terms.products.append(0)
          continue
        }
        let (value, size) = sample.read(\.weight) { data.span[first + $0] }
        let factor =
          head.span[(image * output[1] + filter) * positions + position]
          * samples.maskValue(image: image, group: group, tap: tap, place: place)
        let product = factor * value
        terms.products.append(product)
        terms.priorVariance += factor * factor * size * size * 7 / 3 + product * product * 2 / 3
        terms.priorBound += 8 * abs(factor) * size + 3 * abs(product)
      }
    }
  }

  /// c of a channel at a tap and position, with 4·σ_A² and a hard bound in units of u.
  private func column(
    _ image: Int, _ channel: Int, tap: Int, position: Int
  ) -> (value: Double, variance: Double, hard: Double) {
    let group = channel / channelsPerGroup
    let (weight, head) = (weight.span, head.span)
    var (sum, squares, magnitude) = (0.0, 0.0, 0.0)
    for filter in group * filtersPerGroup..<(group + 1) * filtersPerGroup {
      let product =
        weight[(filter * channelsPerGroup + channel % channelsPerGroup) * taps + tap]
        * head[(image * output[1] + filter) * positions + position]
      sum += product
      squares += product * product
      magnitude += abs(product)
    }
    let n = Double(max(1, filtersPerGroup))
    let spread = max(0, squares - sum * sum / n)
    return (sum, 4 * (n * (spread / 2 + sum * sum / 3) / 3 + squares / 3), (n + 2) * magnitude)
  }
}

extension DeformableConvolutionBound {
  /// The sample of a tap, with its derivatives; nil where it does not count.
  func sloped(image: Int, group: Int, tap: Int, place: [Int]) -> SlopedSample? {
    let position = position(image: image, group: group, tap: tap, place: place)
    return SlopedSample(
      y: position.y, x: position.x, height: input[2], width: input[3], border: operation.border)
  }
}

extension DeformableConvolution {
  package func gradientBound(of index: Int, _ operands: BoundOperands) -> ErrorBound {
    .sums(DeformableConvolutionGradientBound(self, of: index, operands))
  }

  package func gradientAlternatives(of index: Int, _ inputs: [Tensor?]) -> [GradientAlternative] {
    guard index == 1, let channels = inputs[1]?.shape[1] else { return [] }
    let order = offsetOrder == .yx ? ("x", "y") : ("y", "x")
    return [
      GradientAlternative(
        "gradients given as \(order.0) before \(order.1)",
        remedy: "give each tap's gradients as \(order.1), \(order.0)"
      ) { $0.selecting((0..<channels).map { $0 ^ 1 }, axis: 1) }
    ]
  }
}
