package import Tensors

extension Reduction {
  package var layout: LayoutPreference { .any }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    let input = site.input(0)
    let gone = Set(try reducedAxes(rank: input.shape.rank).map { input.axis($0) })
    let runs = ReducedRuns(input.dimensions, gone: gone)
    let function = function
    guard input.elementType.isFloatingPoint else { return integerStep(runs) }
    return Step { evaluation in
      let x = evaluation.input(0)
      // Elements are few where rows are long.
      let rows = max(1, (1 << 14) / max(1, runs.count))
      evaluation.output().forEachChunk(of: rows, on: evaluation.threads) { start, y, _ in
        for index in y.indices {
          var result = function.start
          runs.forEach(of: start + index) { result = function.combine(result, x.span[$0].asDouble) }
          y[index] = T(function == .mean ? result / Double(runs.count) : result)
        }
      }
    }
  }

  private func integerStep<T: Lane>(_ runs: ReducedRuns) -> Step<T> {
    Step { [function] evaluation throws(OperatorError) in
      let numbers = try evaluation.integers(0)
      let isEmpty = runs.count == 0
      guard !isEmpty || evaluation.outputCount() == 0 || [.sum, .product].contains(function) else {
        throw .input("data", found: "no elements along the axes", expected: "at least 1")
      }
      evaluation.write(
        (0..<evaluation.outputCount()).map { row in
          var result = function == .max ? Int.min : function == .min ? .max : function == .product ? 1 : 0
          runs.forEach(of: row) { result = function.combine(result, numbers[$0]) }
          return function == .mean ? result / runs.count : result
        })
    }
  }
}

extension Reduction.Function {
  /// What the reduction of nothing is.
  fileprivate var start: Double {
    switch self {
    case .sum, .mean: 0
    case .product: 1
    case .max: -.infinity
    case .min: .infinity
    }
  }

  /// In fp64, in memory order; NaN stays.
  fileprivate func combine(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .sum, .mean: a + b
    case .product: a * b
    case .max: b > a || b.isNaN ? b : a
    case .min: b < a || b.isNaN ? b : a
    }
  }

  fileprivate func combine(_ a: Int, _ b: Int) -> Int {
    switch self {
    case .sum, .mean: a &+ b
    case .product: a &* b
    case .max: Swift.max(a, b)
    case .min: Swift.min(a, b)
    }
  }
}

/// Which elements become one.
private struct ReducedRuns: Sendable {
  private struct Axis: Sendable {
    var size: Int
    var stride: Int
  }

  /// Elements that become one.
  let count: Int
  private let kept: [Axis]
  private let reduced: [Axis]

  init(_ sizes: [Int], gone: Set<Int>) {
    let strides = sizes.rowMajorStrides
    func axes(_ isReduced: Bool) -> [Axis] {
      sizes.indices.filter { gone.contains($0) == isReduced }.map {
        Axis(size: sizes[$0], stride: strides[$0])
      }
    }
    (kept, reduced) = (axes(false), axes(true))
    count = reduced.reduce(1) { $0 * $1.size }
  }

  /// Visits the elements of an output's element, in memory order.
  func forEach(of row: Int, _ body: (Int) -> Void) {
    guard count > 0 else { return }
    var rest = row
    var first = 0
    for axis in kept.reversed() {
      first += rest % axis.size * axis.stride
      rest /= axis.size
    }
    visit(reduced[...], first, body)
  }

  private func visit(_ axes: ArraySlice<Axis>, _ first: Int, _ body: (Int) -> Void) {
    guard let axis = axes.first else { return body(first) }
    for index in 0..<axis.size { visit(axes.dropFirst(), first + index * axis.stride, body) }
  }
}
