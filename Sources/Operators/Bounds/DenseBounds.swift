internal import Tensors

/// The products of a fully connected layer's elements, `[rows, columns]` by `[units, columns]`.
struct MatrixBound: SumBound {
  private let data: Elements<Double>
  private let weight: Elements<Double>
  private let bias: Elements<Double>?
  private let columns: Int
  private let units: Int

  init(data: Tensor, weight: Tensor, bias: Tensor?, units: Int) {
    self.data = Elements(data.widened)
    self.weight = Elements(weight.widened)
    self.bias = bias.map { Elements($0.widened) }
    self.units = units
    columns = units == 0 ? 0 : weight.shape.count / units
  }

  func termCount(of element: Int) -> Int { columns + (bias == nil ? 0 : 1) }

  func list(_ element: Int, into terms: inout SumTerms) {
    let (row, unit) = (element / units, element % units)
    let (data, weight) = (data.span, weight.span)
    for column in 0..<columns {
      terms.products.append(data[row * columns + column] * weight[unit * columns + column])
    }
    terms.bias = bias?.span[unit]
  }
}

extension FullyConnected {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let columns = units == 0 ? 0 : operands.input(1).shape.count / units
    return .sums(
      RerunSums(self, operands, count: columns + (hasBias ? 1 : 0)) {
        MatrixBound(
          data: operands.input(0), weight: operands.input(1), bias: hasBias ? operands.input(2) : nil,
          units: units)
      })
  }
}

/// The products of a transposed convolution's elements: every input whose window covers the element.
struct DeconvolutionBound: SumBound {
  let geometry: ConvolutionGeometry
  let placements: [Deconvolution.Placement]
  let filtersPerGroup: Int
  let channelsPerGroup: Int
  let data: Elements<Double>
  let weight: Elements<Double>
  let bias: Elements<Double>?
  let input: Shape
  let output: Shape

  /// At most: taps that fall between the strides give no product, and are not listed.
  func termCount(of element: Int) -> Int {
    let taps = geometry.kernel.indices.reduce(1) { count, axis in
      count * ((geometry.kernel[axis] + geometry.stride[axis] - 1) / geometry.stride[axis])
    }
    return channelsPerGroup * taps + (bias == nil ? 0 : 1)
  }

  func list(_ element: Int, into terms: inout SumTerms) {
    let place = output.position(of: element)
    let (image, filter) = (place[0], place[1])
    let pairs = windows(over: place)
    let planeSize = input.count / max(1, input[0] * input[1])
    let taps = geometry.kernel.reduce(1, *)
    let group = filter / filtersPerGroup
    for channel in 0..<channelsPerGroup {
      let plane = group * channelsPerGroup + channel
      for (position, tap) in pairs {
        let value = data.span[(image * input[1] + plane) * planeSize + position]
        terms.products.append(
          value * weight.span[(plane * filtersPerGroup + filter % filtersPerGroup) * taps + tap])
      }
    }
    terms.tapsPerChannel = max(1, pairs.count)
    terms.bias = bias?.span[filter]
  }

  /// Places of the input whose windows cover an element, with the tap that does.
  private func windows(over place: [Int]) -> [(position: Int, tap: Int)] {
    var pairs: [(position: Int, tap: Int)] = [(0, 0)]
    for axis in geometry.kernel.indices {
      var next: [(position: Int, tap: Int)] = []
      for tap in 0..<geometry.kernel[axis] {
        let scaled = place[2 + axis] + placements[axis].padBegin - tap * geometry.dilation[axis]
        guard scaled >= 0, scaled % geometry.stride[axis] == 0 else { continue }
        let position = scaled / geometry.stride[axis]
        guard position < input[2 + axis] else { continue }
        for pair in pairs {
          next.append((pair.position * input[2 + axis] + position, pair.tap * geometry.kernel[axis] + tap))
        }
      }
      pairs = next
    }
    return pairs
  }
}

extension Deconvolution {
  package func errorBound(_ operands: BoundOperands) -> ErrorBound {
    let (data, weight) = (operands.input(0), operands.input(1))
    var placements: [Placement] = []
    for axis in 0..<geometry.rank {
      guard let placement = try? placement(axis, of: data.shape[2 + axis]) else {
        return .unknown("its attributes do not fit its input")
      }
      placements.append(placement)
    }
    return .sums(
      DeconvolutionBound(
        geometry: geometry, placements: placements, filtersPerGroup: filters / groups,
        channelsPerGroup: data.shape[1] / groups, data: Elements(data.widened),
        weight: Elements(weight.widened),
        bias: hasBias ? Elements(operands.input(2).widened) : nil, input: data.shape,
        output: operands.outputShape))
  }
}
