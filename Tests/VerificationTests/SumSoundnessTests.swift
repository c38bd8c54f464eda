import Operators
import Tensors
import TestSupport
import Testing
import Verification

/// Sums whose products a test chose.
struct GivenSums: SumBound {
  let rows: [[Double]]
  let bias: Double?
  let taps: Int

  func termCount(of element: Int) -> Int { rows[element].count + (bias == nil ? 0 : 1) }
  func list(_ element: Int, into terms: inout SumTerms) {
    terms.products = rows[element]
    terms.tapsPerChannel = taps
    terms.bias = bias
  }
}

/// Left and right operands of one sum, and the order in which an honest program may add their products.
enum SumOrder: String, CaseIterable {
  case sequence, reversed, shuffled, blocked, pairwise, fma
  case tapMajor = "tap-major"
  case biasFirst = "bias first"
  case tapMajorBiasFirst = "tap-major, bias first"

  func sum(_ a: [Float], _ b: [Float], bias: Float, taps: Int, _ generator: inout SeededGenerator) -> Float {
    let channels = a.count / taps
    let tapMajor = (0..<a.count).map { ($0 % channels) * taps + $0 / channels }
    func run(_ order: some Sequence<Int>, first: Float = 0, last: Float = 0) -> Float {
      order.reduce(first) { $0 + a[$1] * b[$1] } + last
    }
    switch self {
    case .sequence: return run(a.indices, last: bias)
    case .reversed: return run(a.indices.reversed(), last: bias)
    case .shuffled: return run(a.indices.shuffled(using: &generator), last: bias)
    case .blocked:
      // Sixteen partial sums side by side, as vector code keeps them.
      var lanes = [Float](repeating: 0, count: 16)
      for index in a.indices { lanes[index % 16] += a[index] * b[index] }
      return lanes.reduce(0, +) + bias
    case .pairwise:
      var sums = a.indices.map { a[$0] * b[$0] }
      while sums.count > 1 {
        sums = stride(from: 0, to: sums.count, by: 2).map {
          sums[$0] + ($0 + 1 < sums.count ? sums[$0 + 1] : 0)
        }
      }
      return sums[0] + bias
    case .fma: return a.indices.reduce(Float(0)) { $0.addingProduct(a[$1], b[$1]) } + bias
    case .tapMajor: return run(tapMajor, last: bias)
    case .biasFirst: return run(a.indices, first: bias)
    case .tapMajorBiasFirst: return run(tapMajor, first: bias)
    }
  }
}

/// Kinds of operands that sums meet in networks.
enum SumData: String, CaseIterable {
  case random, rectified, sobel, laplacian, halves
  case large = "×10⁶"
  case small = "×10⁻³⁰"

  func operands(_ count: Int, taps: Int, _ generator: inout SeededGenerator) -> (a: [Float], b: [Float]) {
    let noise = (0..<count).map { _ in generator.normal() }
    let weights = (0..<count).map { _ in generator.normal() * 0.1 }
    let positive = noise.map { abs($0) + 1 }
    let sobel: [Float] = [1, 0, -1, 2, 0, -2, 1, 0, -1]
    let laplacian: [Float] = [0, 1, 0, 1, -4, 1, 0, 1, 0]
    switch self {
    case .random: return (noise, weights)
    case .rectified: return (noise.map { max(0, $0) }, weights)
    case .sobel: return (positive, (0..<count).map { sobel[$0 % taps] })
    case .laplacian: return (positive, (0..<count).map { laplacian[$0 % taps] })
    case .halves: return (positive, (0..<count).map { abs(weights[$0]) * ($0 < count / 2 ? 1 : -1) })
    case .large: return (noise.map { $0 * 1e6 }, weights)
    case .small: return (noise.map { $0 * 1e-30 }, weights)
    }
  }
}

@Suite("Rounding of sums")
struct SumSoundnessTests {
  #if DEBUG
    private static let repetitions = 4
  #else
    private static let repetitions = 100
  #endif

  /// The largest error in σ over some sums, and the worst verdict.
  private func judge(_ order: SumOrder, _ data: SumData, count: Int) -> (ratio: Double, verdict: Verdict) {
    var generator = SeededGenerator(seed: UInt64(count))
    var worst = Verdict.exact
    var ratio = 0.0
    let bias: Float = data == .small ? 1e-30 : 0.75
    for _ in 0..<Self.repetitions {
      let (a, b) = data.operands(count, taps: 9, &generator)
      let products = zip(a, b).map { Double($0) * Double($1) }
      let expected = products.reduce(0, +) + Double(bias)
      let recorded = order.sum(a, b, bias: bias, taps: 9, &generator)
      let bound = GivenSums(rows: [products], bias: Double(bias), taps: 9)
      let statistics = judgeElements(
        recorded: Tensor([recorded], shape: [1]), expected: Elements([expected]), bound: .sums(bound),
        precision: Precision(.fp32))
      worst = max(worst, statistics.worstVerdict)
      let error = abs(Double(recorded) - expected)
      let sigma = sumError(bound, element: 0, value: expected, observed: error, precision: .fp32).sigma
      ratio = max(ratio, error / sigma)
    }
    return (ratio, worst)
  }

  @Test("an honest fp32 sum in any order is never suspect", arguments: [9, 576, 4608])
  func honest(count: Int) {
    print(
      "| largest error in σ, n = \(count) | " + SumData.allCases.map(\.rawValue).joined(separator: " | ")
        + " |")
    print("|---|" + SumData.allCases.map { _ in "---|" }.joined())
    for order in SumOrder.allCases {
      var cells: [String] = []
      for data in SumData.allCases {
        let (ratio, verdict) = judge(order, data, count: count)
        #expect(verdict <= .rounding, "\(order.rawValue), \(data.rawValue): \(ratio) σ")
        cells.append("\((ratio * 10).rounded() / 10)")
      }
      print("| \(order.rawValue) | " + cells.joined(separator: " | ") + " |")
    }
  }

  @Test("6 σ is at most 30 times the median error of a sequential sum of 4608 products")
  func sharp() {
    var generator = SeededGenerator(seed: 1)
    var errors: [Double] = []
    var sigmas: [Double] = []
    let middle = Self.repetitions
    for _ in 0..<2 * Self.repetitions + 1 {
      let (a, b) = SumData.random.operands(4608, taps: 9, &generator)
      let products = zip(a, b).map { Double($0) * Double($1) }
      let expected = products.reduce(0, +)
      let found = SumOrder.sequence.sum(a, b, bias: 0, taps: 9, &generator)
      errors.append(abs(Double(found) - expected))
      let bound = GivenSums(rows: [products], bias: nil, taps: 9)
      sigmas.append(sumError(bound, element: 0, value: expected, observed: 0, precision: .fp32).sigma)
    }
    let ratio = 6 * sigmas.sorted()[middle] / errors.sorted()[middle]
    print("sharpness: 6 σ is \((ratio * 10).rounded() / 10) times the median error of a sequential sum")
    #expect(ratio <= 30)
    #expect(ratio >= 6, "a bound below the largest of a few thousand honest errors is no bound")
  }

  @Test(
    "a sum that is off by a thousandth of its terms' size is caught", arguments: [9, 576, 4608])
  func caught(count: Int) {
    var generator = SeededGenerator(seed: 7)
    let (a, b) = SumData.random.operands(count, taps: 9, &generator)
    let products = zip(a, b).map { Double($0) * Double($1) }
    let expected = products.reduce(0, +)
    let size = products.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let statistics = judgeElements(
      recorded: Tensor([Float(expected + size * 1e-3)], shape: [1]), expected: Elements([expected]),
      bound: .sums(GivenSums(rows: [products], bias: nil, taps: 9)), precision: Precision(.fp32))
    #expect(statistics.worstVerdict.isFailure)
  }
}
