internal import Graphs
internal import Operators
internal import Tensors

/// How the cost of a deformable convolution of 3×3 taps grows: with the map's positions, its channels (as many
/// filters), how far the offsets reach, and the threads; each around 256 channels on 50×76.
enum ScalingBenchmark: Benchmark {
  static let names = ["scaling-positions", "scaling-channels", "scaling-offsets", "scaling-threads"]

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let base = ConvolutionBenchmark.Case(channels: 256, height: 50, width: 76)
    let shapes: [(label: String, shape: ConvolutionBenchmark.Case)]
    switch name {
    case "scaling-positions":
      shapes = [5, 10, 25, 50, 100, 200].map { height in
        var shape = base
        shape.height = height
        return ("\(shape.positions)", shape)
      }
    case "scaling-channels":
      shapes = [32, 64, 128, 256, 512].map { channels in
        var shape = base
        shape.channels = channels
        return ("\(channels)", shape)
      }
    case "scaling-threads":
      shapes = [("\(base.positions)", base)]
    default:
      shapes = [0 as Float, 1, 4, 16, 64].map { reach in
        var shape = base
        shape.reach = reach
        return ("\(Int(reach))", shape)
      }
    }
    // More threads than processors too: it must cost nothing.
    let counts = name == "scaling-threads" ? Array(1...4) : settings.threads
    return try counts.flatMap { threads in
      try shapes.map { label, shape in
        let (operation, inputs) = ConvolutionBenchmark.prepare(shape, isDeformable: true)
        let forward = try PreparedOperator.forward(operation, inputs, threads: threads)
        let times = try settings.race([
          Contender("logical", timing: forward.logical.run), Contender("own", timing: forward.own.run),
        ])
        var measurement = Measurement(
          name: name, operatorName: operation.name, shape: label, threads: threads,
          milliseconds: times[0].milliseconds)
        measurement.ownLayoutMilliseconds = times[1].milliseconds
        measurement.gigaflop =
          2e-9 * Double(shape.channels * shape.channels * 9) * Double(shape.positions)
        return measurement
      }
    }
  }
}
