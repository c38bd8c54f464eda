import Operators
import Tensors

/// Bugs of normalisation, pooling, regions, and of what any layer may suffer.
extension PlantedFaults {
  static let normalization: [PlantedFault] = [
    .attributes("gamma fixed", "gamma counted as 1", in: PlantedLayers.batchNorms, of: BatchNorm.self) {
      $0.fixGamma = true
    },
    .attributes("epsilon 1e-3", "an epsilon of 0.001", in: PlantedLayers.batchNorms, of: BatchNorm.self) {
      $0.epsilon = 1e-3
    },
    .attributes("epsilon 0", "an epsilon of 0.0", in: PlantedLayers.batchNorms, of: BatchNorm.self) {
      $0.epsilon = 0
    },
    PlantedFault(
      name: "training mode", phrase: "training mode", layers: PlantedLayers.batchNorms,
      plant: { layer in
        var inputs = layer.inputs
        let shape = inputs[0].shape
        let elements = inputs[0].converted(to: Double.self)
        let inner = shape[2] * shape[3]
        let channels = (0..<shape[1]).map { channel in
          elements.indices.filter { $0 / inner % shape[1] == channel }.map { elements[$0] }
        }
        let means = channels.map { $0.reduce(0, +) / Double($0.count) }
        inputs[3] = Tensor(means.map(Float.init), shape: [shape[1]])
        inputs[4] = Tensor(
          zip(channels, means).map { values, mean in
            Float(values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count))
          }, shape: [shape[1]])
        return try layer.operation.evaluate(inputs, as: Float.self)[0]
      }),
    .inputs("mean and variance exchanged", "mean and variance exchanged", in: [positiveMean]) { inputs, _ in
      inputs.swapAt(3, 4)
    },
  ]

  /// A layer whose means could be variances.
  static let positiveMean: PlantedLayer = {
    let layer = PlantedLayers.batchNorms[0]
    var inputs = layer.inputs
    inputs[3] = inputs[3].map { abs($0) + 0.1 }
    return PlantedLayer(name: "batch norm, positive means", operation: layer.operation, inputs: inputs)
  }()

  static let poolings: [PlantedFault] = [
    .attributes("window counts floored", "rounded down (floor)", in: PlantedLayers.uneven, of: Pooling.self) {
      $0.convention = .valid
    },
    .attributes("padding counted", "means that count the padding", in: PlantedLayers.means, of: Pooling.self)
    {
      $0.divisor = .padded
    },
    .inputs(
      "padding's zeros in the maximum", "maxima that count the padding's zeros", in: PlantedLayers.maxima
    ) {
      inputs, _ in
      // No maximum over the padding but that of zeros: raise what is below 0 at the rim's windows alone.
      inputs = inputs
    }.replacing { layer in
      guard let pooling = layer.operation as? Pooling else { throw PlantedFaultError() }
      let (pad, shape) = (pooling.geometry.padBegin[0], layer.inputs[0].shape)
      let padded = Shape([shape[0], shape[1], shape[2] + 2 * pad, shape[3] + 2 * pad])
      let source = layer.inputs[0].converted(to: Float.self)
      let elements = (0..<padded.count).map { index -> Float in
        let place = padded.position(of: index)
        let (y, x) = (place[2] - pad, place[3] - pad)
        guard (0..<shape[2]).contains(y), (0..<shape[3]).contains(x) else { return 0 }
        return source[((place[0] * shape[1] + place[1]) * shape[2] + y) * shape[3] + x]
      }
      var bare = pooling
      bare.geometry.padBegin = [0, 0]
      bare.geometry.padEnd = [0, 0]
      return try bare.evaluate([Tensor(elements, shape: padded)], as: Float.self)[0]
    },
    .attributes("average for maximum", "the mean of each window", in: PlantedLayers.maxima, of: Pooling.self)
    {
      $0.function = .average
    },
  ]

  static let regionLayers = PlantedLayers.positionSensitives + PlantedLayers.deformableRegions

  static let regions: [PlantedFault] = [
    .attributes(
      "half to even (PS-RoI)", "corners rounded half to even", in: PlantedLayers.positionSensitives,
      of: PSROIPooling.self
    ) {
      $0.rounding = .toEven
    },
    .attributes(
      "half to even (RoI)", "corners rounded half to even", in: PlantedLayers.regionPoolings,
      of: ROIPooling.self
    ) {
      $0.rounding = .toEven
    },
    .attributes(
      "corners not rounded", "corners that are not rounded", in: PlantedLayers.deformableRegions,
      of: DeformablePSROIPooling.self
    ) {
      $0.rounding = .unrounded
    },
    .inputs("half-pixel shift", "moved by half a map element", in: regionLayers) { inputs, operation in
      inputs[1] = inputs[1].regions { [$0[0]] + $0[1...].map { $0 + 2 } }
    },
    .inputs("width without + 1", "without the +1 of their width", in: regionLayers) { inputs, _ in
      inputs[1] = inputs[1].regions { [$0[0], $0[1], $0[2], $0[3] - 1, $0[4] - 1] }
    },
    .inputs(
      "corners y before x", "corners read as y before x", in: regionLayers + PlantedLayers.regionPoolings
    ) {
      inputs, _ in inputs[1] = inputs[1].regions { [$0[0], $0[2], $0[1], $0[4], $0[3]] }
    },
    .inputs(
      "batch index ignored", "every region read from the first image",
      in: regionLayers + PlantedLayers.regionPoolings
    ) {
      inputs, _ in inputs[1] = inputs[1].regions { [0] + $0[1...] }
    },
    .inputs("position-sensitive channels class-last", "channels read as [bins, classes]", in: regionLayers) {
      inputs, operation in
      let bins =
        (operation as? PSROIPooling)?.groupSize ?? (operation as? DeformablePSROIPooling)?.groupSize ?? 1
      let (count, outputs) = (bins * bins, inputs[0].shape[1] / (bins * bins))
      inputs[0] = inputs[0].arranged { [$0[0], $0[1] % count * outputs + $0[1] / count, $0[2], $0[3]] }
    },
    .attributes(
      "trans y before x", "trans read as y before x", in: PlantedLayers.deformableRegions,
      of: DeformablePSROIPooling.self
    ) {
      $0.transOrder = .yx
    },
    .inputs("trans ignored", "trans ignored", in: PlantedLayers.deformableRegions) { inputs, _ in
      inputs[2] = inputs[2].map { _ in 0 }
    },
  ]

  static let maps = [
    PlantedLayers.convolutions[0], PlantedLayers.closed[0], PlantedLayers.batchNorms[0],
  ]

  static let others: [PlantedFault] = [
    .output("output channels reversed", "output channels in reversed order", in: maps) { output in
      output.arranged { [$0[0], output.shape[1] - 1 - $0[1], $0[2], $0[3]] }
    },
    .output("recorded channels last", "recorded channels last", in: maps) { output in
      let shape = output.shape
      return output.arranged([shape[0], shape[2], shape[3], shape[1]]) { [$0[0], $0[3], $0[1], $0[2]] }
    },
    .output("relu in place", "a relu behind the layer", in: maps) { $0.map { max(0, $0) } },
    PlantedFault(
      name: "layer left out", phrase: "the layer's input", layers: [PlantedLayers.batchNorms[0], square[1]],
      plant: { $0.inputs[0] }),
    .attributes("softmax along another axis", "a softmax along axis", in: softmaxes, of: Softmax.self) {
      $0.axis = $0.axis == 1 ? 2 : 1
    },
    .attributes("parts joined in reversed order", "parts in reversed order", in: joined, of: Concat.self) {
      _ in
    }.replacing { try $0.operation.evaluate($0.inputs.reversed(), as: Float.self)[0] },
    .attributes("difference for sum", "the operator 'subtract'", in: sums, of: Binary.self) {
      $0.function = .subtract
    },
    .output("every element times 1.01", "every element times 1.01", in: maps) { $0.map { $0 * 1.01 } },
  ]

  static let softmaxes = [[2, 5, 6], [1, 7, 4, 3]].map { shape in
    PlantedLayers.pool("softmax \(shape)", shape, PlantedLayers.maximum).running(Softmax(axis: 1))
  }
  static let joined = [[1, 3, 4, 5], [2, 6, 3, 3]].map { shape in
    PlantedLayers.pool("concat \(shape)", shape, PlantedLayers.maximum).running(
      Concat(count: 2, axis: 1), twice: true)
  }
  static let sums = [[1, 3, 4, 5], [6, 7]].map { shape in
    PlantedLayers.pool("sum \(shape)", shape, PlantedLayers.maximum).running(
      Binary(.add, broadcasts: false), twice: true)
  }
}
