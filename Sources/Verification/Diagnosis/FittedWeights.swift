internal import Operators
internal import Tensors

/// Other weights than the model's, read off the numbers by least squares.
extension Diagnosis {
  /// Products of unknowns and equations that are summed at most.
  private static let fittingWork = 1 << 30
  private static let mostUnknowns = 768

  /// The weights and biases that give the numbers best; nil where there are too few numbers to say.
  ///
  /// At least twice as many numbers as unknowns: weights that then explain every element are those that ran.
  var fittedWeights: Alternative? {
    guard operation is Convolution || operation is DeformableConvolution || operation is FullyConnected,
      recorded.shape == expected.shape, recorded.shape.rank >= 2,
      let index = operation.inputs.firstIndex(where: { $0.name == "weight" }),
      let weights = inputs.indices.contains(index) ? inputs[index] : nil
    else { return nil }
    let bias = operation.inputs.firstIndex { $0.name == "bias" }
    var units = inputs
    units[index] = weights.mapElements { _ in 1 }
    let bound = operation.errorBound(
      BoundOperands(
        inputs: units, outputShape: expected.shape,
        reference: MutableElements(count: expected.shape.count).elements, roundsPositions: roundsPositions))
    guard case .sums(let sums) = bound, let fitted = FilterFit(self, sums, hasBias: bias != nil).result else {
      return nil
    }
    let (old, new) = (weights.converted(to: Double.self), fitted.weights)
    let size = old.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let distance = zip(old, new).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let share = size > 0 ? ReportText.significant(100 * distance / size, 2) + " % of their size" : "all"
    return Alternative(
      "other weights (another checkpoint, an earlier epoch, shortened ones): they are off by \(share)",
      remedy: "compare the weights that the producer loaded with the model's", operation: operation,
      inputs: { inputs in
        inputs[index] = Tensor(new, shape: weights.shape)
        if let bias { inputs[bias] = Tensor(fitted.biases, shape: [fitted.biases.count]) }
      })
  }

  /// Filter by filter, with one factorisation for all that see the same samples.
  private struct FilterFit {
    private let found: [Double]
    private let sums: any SumBound
    private let hasBias: Bool
    private let filters: Int
    /// Elements of one filter in one image.
    private let inner: Int
    private let images: Int
    private let groups: Int
    private let threads: Threads

    init(_ layer: Diagnosis, _ sums: any SumBound, hasBias: Bool) {
      found = layer.recorded.converted(to: Double.self)
      self.sums = sums
      self.hasBias = hasBias
      let shape = layer.recorded.shape
      (images, filters, inner) = (shape[0], shape[1], shape.dimensions[2...].reduce(1, *))
      groups =
        (layer.operation as? Convolution)?.groups ?? (layer.operation as? DeformableConvolution)?.groups ?? 1
      threads = layer.threads
    }

    var result: (weights: [Double], biases: [Double])? {
      let count = images * inner
      guard count > 0, filters % max(1, groups) == 0, found.allSatisfy(\.isFinite) else { return nil }
      let unknowns = sums.termCount(of: 0)
      guard unknowns <= Diagnosis.mostUnknowns, count >= 2 * unknowns else { return nil }
      let step = max(1, count / (4 * unknowns))
      let places = Array(stride(from: 0, to: count, by: step))
      guard places.count * unknowns * (unknowns + filters) * groups <= 2 * Diagnosis.fittingWork else {
        return nil
      }
      var (weights, biases): ([Double], [Double]) = ([], [])
      for group in 0..<groups {
        let own = group * (filters / groups)..<(group + 1) * (filters / groups)
        guard let solved = solve(own, places, unknowns) else { return nil }
        weights += solved.flatMap { hasBias ? $0.dropLast() : $0[...] }
        if hasBias { biases += solved.compactMap(\.last) }
      }
      return (weights, biases)
    }

    private func element(_ filter: Int, _ place: Int) -> Int {
      (place / inner * filters + filter) * inner + place % inner
    }

    /// Cholesky's factorisation of the normal equations; nil where samples depend on each other.
    private func solve(_ own: Range<Int>, _ places: [Int], _ n: Int) -> [[Double]]? {
      var normal = [Double](repeating: 0, count: n * n)
      var right = [[Double]](repeating: [Double](repeating: 0, count: n), count: own.count)
      var terms = SumTerms()
      for place in places {
        terms.removeAll()
        sums.list(element(own.lowerBound, place), into: &terms)
        let row = terms.products + (hasBias ? [1] : [])
        guard row.count == n, terms.divisor == 1 else { return nil }
        for i in 0..<n where row[i] != 0 {
          for j in 0...i { normal[i * n + j] += row[i] * row[j] }
          for filter in own {
            right[filter - own.lowerBound][i] += row[i] * found[element(filter, place)]
          }
        }
      }
      for i in 0..<n {
        for j in 0...i {
          var sum = normal[i * n + j]
          for k in 0..<j { sum -= normal[i * n + k] * normal[j * n + k] }
          if i == j {
            guard sum > 1e-9 * max(1e-300, normal[i * n + i]) else { return nil }
            normal[i * n + i] = sum.squareRoot()
          } else {
            normal[i * n + j] = sum / normal[j * n + j]
          }
        }
      }
      return right.map { values in
        var x = values
        for i in 0..<n {
          for k in 0..<i { x[i] -= normal[i * n + k] * x[k] }
          x[i] /= normal[i * n + i]
        }
        for i in (0..<n).reversed() {
          for k in i + 1..<n { x[i] -= normal[k * n + i] * x[k] }
          x[i] /= normal[i * n + i]
        }
        return x
      }
    }
  }
}
