internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors
internal import Toolkit

/// A whole Deformable R-FCN on ResNet-101 at 600×1000, from the input tensor to scores and boxes, weights untrained.
///
/// The yardstick is OpenBLAS's sgemm: the time in which it would do as many operations at the speed of L1's product.
enum NetworkBenchmark: Benchmark {
  static let names = ["network"]

  private static let (height, width) = (600, 1000)

  static func run(_ name: String, _ settings: BenchmarkSettings) throws -> [Measurement] {
    let network = try SyntheticNetwork("rfcn_dcn_coco", height: height, width: width)
    let gigaflop = try network.gigaflop
    var numbers = UniformNumbers()
    let inputs: OrderedDictionary<String, Tensor> = [
      "data": numbers.tensor([1, 3, height, width], scale: 100),
      "im_info": Tensor([Float(height), Float(width), 1], shape: [1, 3]),
    ]
    let yardstick = MatrixYardstick(rows: 512, depth: 512 * 9, columns: 38 * 63)
    return try settings.threads.map { threads in
      let session = try Session<Float>(network.model, threads: Threads(threads))
      let times = try settings.interleavedMedians([
        { _ = try session.run(inputs) }, { yardstick.run(threads: threads) },
      ])
      var measurement = Measurement(
        name: name, shape: "[1, 3, \(height), \(width)]", threads: threads, milliseconds: times[0])
      measurement.gigaflop = gigaflop
      measurement.peers.append(("sgemm", times[1] * gigaflop / yardstick.gigaflop))
      return measurement
    }
  }
}
