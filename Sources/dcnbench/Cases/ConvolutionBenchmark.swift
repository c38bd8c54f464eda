internal import Bytes
internal import Operators
internal import Tensors

/// Deformable convolutions (L) and the plain ones of the same shapes (C), with OpenBLAS's sgemm of the same
/// shape in the same run; `L1-gradients` and so on are all gradients of an L case, and `sgemm` is the yardstick of
/// L1 itself.
enum ConvolutionBenchmark: Benchmark {
  struct Case {
    var channels: Int
    var height: Int
    var width: Int
    var dilation = 1
    var groups = 1
    var deformableGroups = 1
    var hasMask = false
    /// The offsets' largest size, in pixels: as far as trained ones reach, with a standard deviation of two.
    var reach: Float = 3.5

    var positions: Int { height * width }
    var geometry: ConvolutionGeometry {
      ConvolutionGeometry(
        kernel: [3, 3], stride: [1, 1], dilation: [dilation, dilation], padBegin: [dilation, dilation],
        padEnd: [dilation, dilation])
    }
  }

  private static let cases: [Case] = [
    Case(channels: 512, height: 38, width: 63, dilation: 2, deformableGroups: 4),
    Case(channels: 128, height: 100, width: 152),
    Case(channels: 256, height: 50, width: 76),
    Case(channels: 256, height: 64, width: 64, hasMask: true),
    Case(channels: 256, height: 50, width: 76, groups: 32),
  ]

  static let names =
    ["L", "C"].flatMap { kind in cases.indices.map { "\(kind)\($0 + 1)" } }
    + cases.indices.map { "L\($0 + 1)-gradients" } + ["sgemm"]

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let number = name == "sgemm" ? 0 : (name.dropFirst().first?.wholeNumberValue ?? 1) - 1
    let shape = cases[number]
    let yardstick = MatrixYardstick(
      groups: shape.groups, rows: shape.channels / shape.groups, depth: shape.channels / shape.groups * 9,
      columns: shape.positions)
    return try settings.threads.map { threads in
      if name == "sgemm" {
        var measurement = Measurement(
          name: name, shape: yardstick.shape, threads: threads,
          milliseconds: settings.median { yardstick.run(threads: threads) })
        measurement.gigaflop = yardstick.gigaflop
        return measurement
      }
      return try run(name, shape, yardstick, threads: threads, settings)
    }
  }

  private static func run(
    _ name: String, _ shape: Case, _ yardstick: MatrixYardstick, threads: Int, _ settings: BenchmarkSettings
  ) throws -> Measurement {
    let (operation, inputs) = prepare(shape, isDeformable: name.hasPrefix("L"))
    let isBackward = name.hasSuffix("gradients")
    var contenders: [Contender]
    if isBackward, let operation = operation as? any DifferentiableOperator {
      let gradients = try PreparedOperator.gradients(operation, inputs, threads: threads)
      contenders = [Contender("logical", timing: gradients.run)]
    } else {
      let forward = try PreparedOperator.forward(operation, inputs, threads: threads)
      contenders = [
        Contender("logical", timing: forward.logical.run), Contender("own", timing: forward.own.run),
      ]
    }
    let own = contenders.count
    contenders.append(Contender("sgemm", timing: { yardstick.run(threads: threads) }))
    contenders += try settings.peers(
      facts(operation, inputs, shape, isBackward: isBackward), threads: threads)
    let times = try settings.race(contenders)
    var measurement = Measurement(
      name: name, operatorName: operation.name, shape: "\(inputs[0].shape)", threads: threads,
      milliseconds: times[0].milliseconds)
    // Backwards two products of the same size: of the columns' gradients, and of the weights'.
    measurement.gigaflop = yardstick.gigaflop * (isBackward ? 2 : 1)
    if !isBackward { measurement.ownLayoutMilliseconds = times[1].milliseconds }
    measurement.peers = Array(times[own...])
    return measurement
  }

  /// The case as other frameworks are told of it.
  private static func facts(
    _ operation: any Operator, _ inputs: [Tensor], _ shape: Case, isBackward: Bool
  ) -> JSONObject {
    var facts: JSONObject = [
      "operator": .text(operation.name), "dilation": .integer(shape.dilation),
      "groups": .integer(shape.groups),
      "deformableGroups": .integer(shape.deformableGroups), "gradients": .boolean(isBackward),
    ]
    for (name, input) in zip(operation.inputs, inputs) {
      facts[name.name] = .list(input.shape.dimensions.map { .integer($0) })
    }
    return facts
  }

  static func prepare(_ shape: Case, isDeformable: Bool) -> (any Operator, [Tensor]) {
    var numbers = UniformNumbers()
    let data = numbers.tensor([1, shape.channels, shape.height, shape.width])
    let weight = numbers.tensor([shape.channels, shape.channels / shape.groups, 3, 3])
    guard isDeformable else {
      let plain = Convolution(
        geometry: shape.geometry, groups: shape.groups, filters: shape.channels, hasBias: false)
      return (plain, [data, weight])
    }
    let deformable = DeformableConvolution(
      geometry: shape.geometry, groups: shape.groups, deformableGroups: shape.deformableGroups,
      filters: shape.channels, hasBias: false, hasMask: shape.hasMask,
      border: shape.hasMask ? .zero : .closed)
    let taps = 9 * shape.deformableGroups
    let offset = numbers.tensor([1, 2 * taps, shape.height, shape.width], scale: shape.reach)
    let mask = shape.hasMask ? [numbers.tensor([1, taps, shape.height, shape.width])] : []
    return (deformable, [data, offset] + mask + [weight])
  }
}
