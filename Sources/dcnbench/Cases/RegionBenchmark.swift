internal import Bytes
internal import Operators
internal import Tensors

/// Pooling of regions: deformable with offsets for all classes together (P1) and for each class (P1c),
/// position-sensitive (P2), RoI pooling of 7 and 14 bins (P3, P3b), RoI align (P4); `P1-gradients`
/// and so on are the gradients of data and offsets.
enum RegionBenchmark: Benchmark {
  static let names = ["P1", "P1c", "P2", "P3", "P3b", "P4", "P1-gradients", "P1c-gradients", "P2-gradients"]

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let (operation, inputs) = prepare(name)
    // Nothing in these cases is a product; it measures the machine all the same.
    let yardstick = MatrixYardstick(rows: 256, depth: 2304, columns: 1000)
    return try settings.threads.map { threads in
      let sgemm = Contender("sgemm", timing: { yardstick.run(threads: threads) })
      let measurement: (Double) -> Measurement = {
        Measurement(
          name: name, operatorName: operation.name, shape: "\(inputs[0].shape)", threads: threads,
          milliseconds: $0)
      }
      if name.hasSuffix("gradients"), let operation = operation as? any DifferentiableOperator {
        let gradients = try PreparedOperator.gradients(operation, inputs, threads: threads)
        let times = try settings.race(
          [Contender("own", timing: gradients.run), sgemm]
            + settings.peers(facts(name, operation, inputs), threads: threads))
        var result = measurement(times[0].milliseconds)
        result.peers = Array(times[1...])
        return result
      }
      let forward = try PreparedOperator.forward(operation, inputs, threads: threads)
      let times = try settings.race(
        [Contender("logical", timing: forward.logical.run), Contender("own", timing: forward.own.run), sgemm]
          + settings.peers(facts(name, operation, inputs), threads: threads))
      var result = measurement(times[0].milliseconds)
      result.ownLayoutMilliseconds = times[1].milliseconds
      result.peers = Array(times[2...])
      return result
    }
  }

  /// The case as other frameworks are told of it, with the very regions.
  private static func facts(_ name: String, _ operation: any Operator, _ inputs: [Tensor]) -> JSONObject {
    let map = inputs[0].shape
    let pixels = name == "P4" ? 8 : 16
    var facts: JSONObject = [
      "operator": .text(operation.name), "data": .list(map.dimensions.map { .integer($0) }),
      "bins": .integer(name == "P3b" ? 14 : 7),
      "gradients": .boolean(name.hasSuffix("gradients")), "scale": .number(1 / Double(pixels)),
      "samples": .integer(name == "P4" ? 2 : 4), "classes": 81,
      "rois": .list(inputs[1].elements(as: Float.self).map { .number(Double($0)) }),
    ]
    if inputs.count > 2 { facts["trans"] = .list(inputs[2].shape.dimensions.map { .integer($0) }) }
    return facts
  }

  private static func prepare(_ name: String) -> (any Operator, [Tensor]) {
    var numbers = UniformNumbers()
    let stride = 1.0 / 16
    let (height, width) = name == "P4" ? (100, 152) : (38, 63)
    func map(_ channels: Int) -> Tensor { numbers.tensor([1, channels, height, width]) }
    func regions(_ count: Int, pixels: Int) -> Tensor {
      numbers.regions(count, height: height * pixels, width: width * pixels)
    }
    switch name {
    case "P2", "P2-gradients":
      return (
        PSROIPooling(spatialScale: stride, outputDim: 81, pooledSize: 7, groupSize: 7),
        [map(81 * 49), regions(300, pixels: 16)]
      )
    case "P3", "P3b":
      let bins = name == "P3" ? 7 : 14
      return (
        ROIPooling(pooledSize: [bins, bins], spatialScale: stride), [map(256), regions(300, pixels: 16)]
      )
    case "P4":
      return (
        ROIAlign(pooledSize: [7, 7], spatialScale: 0.125, samplingRatio: 2, coordinates: .corner),
        [map(256), regions(1000, pixels: 8)]
      )
    default:
      let classes = name.hasPrefix("P1c") ? 81 : 1
      return (
        DeformablePSROIPooling(
          spatialScale: stride, outputDim: 81, groupSize: 7, pooledSize: 7, samplesPerPart: 4, transStd: 0.1,
          hasTrans: true),
        [map(81 * 49), regions(300, pixels: 16), numbers.tensor([300, 2 * classes, 7, 7], scale: 1.7)]
      )
    }
  }
}
