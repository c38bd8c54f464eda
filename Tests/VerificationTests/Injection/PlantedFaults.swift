import Operators
import Tensors

/// The table of planted bugs: FIELD's known implementations and what converters get wrong.
enum PlantedFaults {
  static let all =
    deformable + offsetLayouts + masks + precision + convolutions + normalization + poolings + regions
    + others

  static let anyDeformable = PlantedLayers.closed + PlantedLayers.masked

  static let deformable: [PlantedFault] = [
    .attributes(
      "zero border for closed", "the zero border", in: PlantedLayers.closed, of: DeformableConvolution.self
    ) {
      $0.border = .zero
    },
    .attributes(
      "closed border for zero", "the closed border", in: PlantedLayers.masked, of: DeformableConvolution.self
    ) {
      $0.border = .closed
    },
    .attributes(
      "offsets x before y", "offsets read as x before y", in: anyDeformable, of: DeformableConvolution.self
    ) {
      $0.offsetOrder = .xy
    },
    .attributes(
      "positions in half precision", "positions stored in half precision", in: anyDeformable,
      of: DeformableConvolution.self
    ) { $0.coordinates = .half },
    .attributes(
      "relative positions", "positions relative to the window", in: PlantedLayers.wide,
      of: DeformableConvolution.self
    ) { $0.coordinates = .relative },
    .inputs("offsets ignored", "offsets ignored", in: anyDeformable) { inputs, _ in
      inputs[1] = inputs[1].map { _ in 0 }
    },
    .inputs("offsets subtracted", "offsets with the wrong sign", in: anyDeformable) { inputs, _ in
      inputs[1] = inputs[1].map { -$0 }
    },
    .inputs(
      "first image's offsets for all (mxnet#6911)", "first image's offsets",
      in: [anyDeformable[0], anyDeformable[4]]
    ) {
      inputs, _ in
      inputs[1] = inputs[1].arranged { [0] + $0[1...] }
    },
    .inputs("first deformable group for all", "the first deformable group's offsets", in: several) {
      inputs, operation in
      let taps = 9
      inputs[1] = inputs[1].arranged { [$0[0], $0[1] % (2 * taps), $0[2], $0[3]] }
      if operation.inputs.count > 2, operation.inputs[2].name == "mask" {
        inputs[2] = inputs[2].arranged { [$0[0], $0[1] % taps, $0[2], $0[3]] }
      }
    },
    .inputs("deformable groups reversed", "deformable groups in reversed order", in: several) {
      inputs, operation in
      let runs = (operation as? DeformableConvolution)?.deformableGroups ?? 1
      inputs[1] = inputs[1].arranged { [$0[0], (runs - 1 - $0[1] / 18) * 18 + $0[1] % 18, $0[2], $0[3]] }
      if operation.inputs[2].name == "mask" {
        inputs[2] = inputs[2].arranged { [$0[0], (runs - 1 - $0[1] / 9) * 9 + $0[1] % 9, $0[2], $0[3]] }
      }
    },
    PlantedFault(
      name: "deformable groups restarted in each group (mmdeploy)",
      phrase: "deformable groups that start again in each group", layers: PlantedLayers.grouped,
      plant: restarted),
  ]

  static let several = [
    PlantedLayers.closed[0], PlantedLayers.closed[1], PlantedLayers.masked[1], PlantedLayers.masked[2],
  ]

  /// mmdeploy's kernel counts deformable groups anew for every group: each group as a layer of its own.
  static func restarted(_ layer: PlantedLayer) throws -> Tensor {
    guard let operation = layer.operation as? DeformableConvolution else { throw PlantedFaultError() }
    let (groups, weight) = (operation.groups, operation.weightIndex)
    var part = operation
    part.groups = 1
    part.filters /= groups
    let channels = layer.inputs[0].shape[1] / groups
    var outputs: [Tensor] = []
    for group in 0..<groups {
      var inputs = layer.inputs
      func rows(_ index: Int, _ axis: Int, _ size: Int) {
        var shape = inputs[index].shape.dimensions
        shape[axis] = size
        inputs[index] = inputs[index].arranged(Shape(shape)) { place in
          var place = place
          place[axis] += group * size
          return place
        }
      }
      rows(0, 1, channels)
      rows(weight, 0, part.filters)
      if let bias = operation.biasIndex { rows(bias, 0, part.filters) }
      outputs.append(try part.evaluate(inputs, as: Float.self)[0])
    }
    return try Concat(count: groups, axis: 1).evaluate(outputs, as: Float.self)[0]
  }

  static let offsetLayouts: [PlantedFault] = [
    .inputs("offsets as all y, then all x", "read as all y, then all x", in: anyDeformable) { inputs, _ in
      let samples = inputs[1].shape[1] / 2
      inputs[1] = inputs[1].arranged { [$0[0], $0[1] % 2 * samples + $0[1] / 2, $0[2], $0[3]] }
    },
    .inputs("offset taps column by column", "taps counted column by column", in: anyDeformable) { inputs, _ in
      inputs[1] = inputs[1].arranged { place in
        let (group, tap, axis) = (place[1] / 18, place[1] % 18 / 2, place[1] % 2)
        return [place[0], group * 18 + 2 * (tap % 3 * 3 + tap / 3) + axis, place[2], place[3]]
      }
    },
  ]

  static let masks: [PlantedFault] = [
    .inputs("mask missing", "no mask", in: PlantedLayers.masked) { inputs, _ in
      inputs[2] = inputs[2].map { _ in 1 }
    },
    .inputs("mask applied twice", "the mask applied twice", in: PlantedLayers.masked) { inputs, _ in
      inputs[2] = inputs[2].map { $0 * $0 }
    },
    .inputs("mask taps reversed", "the mask's taps in reversed order", in: PlantedLayers.masked) {
      inputs, _ in
      inputs[2] = inputs[2].arranged { [$0[0], $0[1] / 9 * 9 + 8 - $0[1] % 9, $0[2], $0[3]] }
    },
    .inputs("mask taps column by column", "mask's taps counted column", in: PlantedLayers.masked) {
      inputs, _ in
      inputs[2] = inputs[2].arranged { place in
        let tap = place[1] % 9
        return [place[0], place[1] / 9 * 9 + tap % 3 * 3 + tap / 3, place[2], place[3]]
      }
    },
    .inputs("mask group innermost", "deformable groups innermost", in: Array(PlantedLayers.masked[1...])) {
      inputs, _ in
      let runs = inputs[2].shape[1] / 9
      inputs[2] = inputs[2].arranged { [$0[0], $0[1] % 9 * runs + $0[1] / 9, $0[2], $0[3]] }
    },
  ]

  static let products =
    PlantedLayers.convolutions + PlantedLayers.fullyConnected
    + [PlantedLayers.closed[1], PlantedLayers.masked[0]]

  static func cut(_ bits: Int) -> @Sendable (Float) -> Float {
    // To nearest, by adding half of what is cut off.
    { Float(bitPattern: (($0.bitPattern &+ (1 << (bits - 1))) >> bits) << bits) }
  }

  static let precision: [PlantedFault] = [
    .inputs("TF32 operands", "operands rounded to TF32", in: products) { inputs, _ in
      inputs = inputs.map { $0.map(cut(13)) }
    },
    .inputs("bfloat16 operands", "operands rounded to bfloat16", in: products) { inputs, _ in
      inputs = inputs.map { $0.map { float(fromBFloat16: bfloat16Bits(of: $0)) } }
    },
    .inputs("half-precision operands", "operands rounded to half precision", in: products) { inputs, _ in
      inputs = inputs.map { $0.map { float(fromFloat16: float16Bits(of: $0)) } }
    },
    .inputs("half-precision weights", "weights rounded to half precision", in: products) {
      inputs, operation in
      for index in inputs.indices where operation.inputs[index].role != .data {
        inputs[index] = inputs[index].map { float(fromFloat16: float16Bits(of: $0)) }
      }
    },
    .output("half-precision results", "results stored in half precision", in: products) {
      $0.map { float(fromFloat16: float16Bits(of: $0)) }
    },
  ]

  static let biased = PlantedLayers.convolutions + PlantedLayers.fullyConnected
  static let square = [PlantedLayers.convolutions[0], PlantedLayers.convolutions[1]]

  static let convolutions: [PlantedFault] = [
    .inputs("bias lost", "no bias", in: biased) { inputs, _ in inputs[2] = inputs[2].map { _ in 0 } },
    .inputs("bias twice", "the bias added twice", in: biased) { inputs, _ in
      inputs[2] = inputs[2].map { 2 * $0 }
    },
    .inputs("bias plus 1", "the bias plus 1", in: biased) { inputs, _ in inputs[2] = inputs[2].map { $0 + 1 }
    },
    .output("bias of 1 where none is (Paddle2ONNX)", "a bias of 1", in: PlantedLayers.unbiased) {
      $0.map { $0 + 1 }
    },
    .inputs("weights transposed", "weights read as [in, out", in: square + [PlantedLayers.fullyConnected[0]])
    {
      inputs, _ in
      inputs[1] = inputs[1].arranged { [$0[1], $0[0]] + $0[2...] }
    },
    .inputs("taps transposed", "height and width are swapped", in: [biased[0], biased[2], anyDeformable[0]]) {
      inputs, operation in
      let weight = [PlantedLayer].weight(of: operation)
      inputs[weight] = inputs[weight].arranged { [$0[0], $0[1], $0[3], $0[2]] }
    },
    .inputs(
      "filters turned", "filters turned by 180°", in: [biased[0], biased[2]] + PlantedLayers.deconvolutions
    ) {
      inputs, _ in
      let size = inputs[1].shape[2] - 1
      inputs[1] = inputs[1].arranged { [$0[0], $0[1], size - $0[2], size - $0[3]] }
    },
    .inputs("groups restarted", "read the first group's channels", in: PlantedLayers.groupedConvolutions) {
      inputs, operation in
      let size = inputs[0].shape[1] / ((operation as? Convolution)?.groups ?? 1)
      inputs[0] = inputs[0].arranged { [$0[0], $0[1] % size, $0[2], $0[3]] }
    },
    .inputs("groups reversed", "groups in reversed order", in: PlantedLayers.groupedConvolutions) {
      inputs, operation in
      let groups = (operation as? Convolution)?.groups ?? 1
      let size = inputs[0].shape[1] / groups
      inputs[0] = inputs[0].arranged {
        [$0[0], (groups - 1 - $0[1] / size) * size + $0[1] % size, $0[2], $0[3]]
      }
    },
    .attributes(
      "dilation and stride exchanged", "dilation and stride exchanged", in: PlantedLayers.strided,
      of: Convolution.self
    ) {
      swap(&$0.geometry.dilation, &$0.geometry.stride)
    },
    .attributes(
      "padding leans behind (SAME)", "leans behind", in: [biased[0], biased[2]], of: Convolution.self
    ) {
      for axis in 0..<2 {
        $0.geometry.padBegin[axis] -= 1
        $0.geometry.padEnd[axis] += 1
      }
    },
    .attributes("pads read axis by axis", "pads read axis by axis", in: uneven, of: Convolution.self) {
      let g = $0.geometry
      $0.geometry.padBegin = [g.padBegin[0], g.padEnd[0]]
      $0.geometry.padEnd = [g.padBegin[1], g.padEnd[1]]
    },
    .attributes(
      "begin and end pads exchanged", "begin and end pads exchanged", in: uneven, of: Convolution.self
    ) {
      swap(&$0.geometry.padBegin, &$0.geometry.padEnd)
    },
    .inputs("RGB for BGR", "RGB for BGR", in: PlantedLayers.pictures) { inputs, _ in
      inputs[0] = inputs[0].arranged { [$0[0], 2 - $0[1], $0[2], $0[3]] }
    },
    .inputs(
      "map flattened channels last", "a map flattened channels last", in: [PlantedLayers.fullyConnected[1]]
    ) {
      inputs, _ in
      let shape = inputs[0].shape
      inputs[0] = inputs[0].arranged([shape[0], shape[2], shape[3], shape[1]]) {
        [$0[0], $0[3], $0[1], $0[2]]
      }
    },
  ]

  /// Convolutions with four different pads.
  static let uneven = [(6, 8), (12, 4)].map { channels, filters in
    PlantedLayers.convolution(
      "3×3, pads that differ, \(channels) channels", [1, channels, 9, 12], filters: filters,
      ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padBegin: [0, 1], padEnd: [2, 0]))
  }
}

extension PlantedLayers {
  static let maximum = Pooling.global(.max)
}

extension PlantedFault {
  /// The same fault, planted in another way.
  func replacing(_ plant: @escaping @Sendable (PlantedLayer) throws -> Tensor) -> PlantedFault {
    PlantedFault(name: name, phrase: phrase, layers: layers, plant: plant)
  }
}

extension PlantedLayer {
  /// The same data under another operator; `twice` with as much again, other numbers.
  func running(_ operation: any Operator, twice: Bool = false) -> PlantedLayer {
    let data = inputs[0]
    return PlantedLayer(
      name: name, operation: operation, inputs: twice ? [data, data.map { $0 * 0.75 + 0.5 }] : [data])
  }
}

extension Tensor {
  /// A function of each row of regions.
  func regions(_ function: ([Float]) -> [Float]) -> Tensor {
    let elements = converted(to: Float.self)
    return Tensor(
      stride(from: 0, to: elements.count, by: 5).flatMap { function(Array(elements[$0..<$0 + 5])) },
      shape: shape)
  }
}
