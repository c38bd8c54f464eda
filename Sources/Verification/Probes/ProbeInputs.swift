internal import Operators
internal import Tensors

/// An operator cut down to few channels, with inputs that tell its dialects and known bugs apart.
struct DyadicRun {
  let operation: any Operator
  let inputs: [Tensor]

  /// - Returns: nil for an operator that has no probe.
  init?(of operation: any Operator, _ targets: OffsetTargets = .borders) {
    var numbers = DyadicInputs(seed: 20)
    switch operation {
    case let one as DeformableConvolution:
      guard one.geometry.rank == 2 else { return nil }
      let run = numbers.deformable(one, targets)
      self.init(run.operation, run.inputs)
    case let one as Convolution where one.geometry.rank == 2:
      var small = one
      small.filters = one.groups == 1 ? 3 : 2 * one.groups
      let channels = one.groups == 1 ? 2 : 2 * one.groups
      let map = (0..<2).map { one.geometry.extent($0) + 4 + 2 * $0 }
      self.init(
        small,
        [
          numbers.integers([2, channels] + map, -7...7),
          numbers.filters([small.filters, channels / one.groups] + one.geometry.kernel),
        ] + (one.hasBias ? [numbers.integers([small.filters], -5...5)] : []))
    case let one as Deconvolution where one.geometry.rank == 2:
      var small = one
      small.filters = one.groups == 1 ? 3 : 2 * one.groups
      small.targetShape = []
      let channels = one.groups == 1 ? 2 : 2 * one.groups
      self.init(
        small,
        [
          numbers.integers([2, channels, 4, 5], -7...7),
          numbers.filters([channels, small.filters / one.groups] + one.geometry.kernel),
        ] + (one.hasBias ? [numbers.integers([small.filters], -5...5)] : []))
    case let one as FullyConnected:
      var small = one
      small.units = 3
      self.init(
        small,
        [numbers.integers([4, 2, 3, 5], -7...7), numbers.filters([3, 30])]
          + (one.hasBias ? [numbers.integers([3], -5...5)] : []))
    case let one as Pooling where one.isGlobal || one.geometry.rank == 2:
      let map = (0..<2).map { one.isGlobal ? 6 : one.geometry.extent($0) + 4 + 2 * $0 }
      // Below zero where padding must not win.
      self.init(
        one,
        [
          one.function == .max
            ? numbers.integers([2, 3] + map, -100 ... -1)
            : numbers.integers([2, 3] + map, -7...7, times: 2520)
        ])
    default:
      guard let run = numbers.regionRun(operation) else { return nil }
      self.init(run.0, run.1)
    }
  }

  private init(_ operation: any Operator, _ inputs: [Tensor]) {
    self.operation = operation
    self.inputs = inputs
  }
}

extension DyadicInputs {
  fileprivate mutating func regionRun(_ operation: any Operator) -> (any Operator, [Tensor])? {
    switch operation {
    case let one as ROIPooling:
      var small = one
      small.spatialScale = Self.dyadic(one.spatialScale)
      let run = regions(
        channels: 2, bins: one.pooledSize, scale: small.spatialScale, .elements, times: 1, hasPoint: true)
      return (small, [run.map, run.rois])
    case let one as PSROIPooling:
      var small = one
      small.outputDim = 2
      small.spatialScale = Self.dyadic(one.spatialScale)
      let run = regions(
        channels: 2 * one.groupSize * one.groupSize, bins: [one.pooledSize, one.pooledSize],
        scale: small.spatialScale, .pixels, times: 2520, hasPoint: true)
      return (small, [run.map, run.rois])
    case let one as DeformablePSROIPooling:
      var small = one
      small.outputDim = 2
      small.spatialScale = Self.dyadic(one.spatialScale)
      // 0.1 is no dyadic number.
      small.transStd = 0.125
      let run = regions(
        channels: 2 * one.groupSize * one.groupSize, bins: [one.pooledSize, one.pooledSize],
        scale: small.spatialScale, .pixels, times: 1, hasPoint: false)
      guard one.hasTrans else { return (small, [run.map, run.rois]) }
      let trans = Shape([run.rois.shape[0], 4, one.partSize, one.partSize])
      return (
        small,
        [
          run.map, run.rois,
          Tensor((0..<trans.count).map { _ in Float(integer(-8...8)) / 4 }, shape: trans),
        ]
      )
    case let one as ROIAlign where !one.isPositionSensitive && !one.hasBatchIndices:
      var small = one
      small.spatialScale = Self.dyadic(one.spatialScale)
      let run = regions(
        channels: 2, bins: one.pooledSize, scale: small.spatialScale, .plain, times: 1, hasPoint: false)
      return (small, [run.map, run.rois])
    default: return nil
    }
  }

  /// The power of two nearest to a scale.
  private static func dyadic(_ scale: Double) -> Double {
    guard scale > 0, scale.isFinite else { return 1 }
    let exponent = Int(scale.exponent) + (scale.significand > 1.5 ? 1 : 0)
    return Double(sign: .plus, exponent: max(-8, min(0, exponent)), significand: 1)
  }
}
