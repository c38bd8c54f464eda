internal import Operators
internal import Tensors

/// What can still be said where no known computation gives the numbers.
extension Diagnosis {
  /// The elements that no honest evaluation as declared explains.
  var failingElements: [Int] {
    let operands = operands
    return Verification.failingElements(
      recorded: recorded, expected: operands.reference, bound: operation.errorBound(operands),
      precision: precision, on: threads)
  }

  /// Errors as large as operands of fewer bits make; nil where they are another size, or but here and there.
  func lowerPrecision(of failing: [Int]) -> String? {
    guard precision.arithmetic == .fp32, failing.count * 5 > recorded.shape.count else { return nil }
    for arithmetic in [Precision.Arithmetic.fp16, .tf32, .bf16] {
      let statistics = judged(in: Precision(arithmetic, flushesToZero: precision.flushesToZero))
      // A deviation that is far too large explains anything.
      guard statistics.worstVerdict <= .rounding, statistics.maximumErrorToSigma >= 1.5,
        statistics.maximumErrorToSigma <= 5
      else { continue }
      return
        "The errors are as large as operands in \(arithmetic.rawValue) make them: compute in fp32, or say "
        + "--producer-precision \(arithmetic.rawValue) if that is meant."
    }
    return nil
  }

  private func judged(in precision: Precision) -> ErrorStatistics {
    let operands = operands
    let bound = operation.errorBound(operands)
    guard case .sums = bound else { return ErrorStatistics() }
    return judgeElements(
      recorded: recorded, expected: operands.reference, bound: bound, precision: precision, on: threads)
  }

  /// How far the errors reach where nothing else can be said.
  func extent(of failing: [Int]) -> String? {
    let (found, right) = (recorded.converted(to: Double.self), expected.converted(to: Double.self))
    guard !failing.isEmpty, found.allSatisfy(\.isFinite), right.allSatisfy(\.isFinite) else { return nil }
    let error = zip(found, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    let size = right.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard size > 0 else { return nil }
    let count = "\(failing.count) of \(right.count) elements are"
    return
      "No known computation gives these numbers: \(count) off, all over the layer, by "
      + "\(ReportText.significant(100 * error / size, 2)) % of its size; compare what the producer was fed, and "
      + "the weights that it loaded."
  }

  /// The channel, place or row to which all failing elements belong; nil where they are all over.
  func place(of failing: [Int]) -> String? {
    let shape = recorded.shape
    guard let first = failing.first, shape.rank >= 2 else { return nil }
    var shared = shape.position(of: first).map(Optional.some)
    for element in failing {
      for (axis, place) in shape.position(of: element).enumerated() where shared[axis] != place {
        shared[axis] = nil
      }
    }
    // An axis of one place tells nothing.
    for axis in shared.indices where shape[axis] == 1 { shared[axis] = nil }
    let count =
      failing.count == 1 ? "The one element that differs is" : "All \(failing.count) elements that differ are"
    if shape.rank == 4, let y = shared[2], let x = shared[3] {
      return "\(count) at row \(y), column \(x): compare what the layer reads there."
    }
    if let channel = shared[1] {
      return "\(count) in channel \(channel): compare that channel's weights and bias."
    }
    if let row = shared[0] {
      return "\(count) in row \(row) of the batch: compare what the layer was fed there."
    }
    if shape.rank == 4, let y = shared[2] {
      return "\(count) in row \(y) of the map: compare what it reads there."
    }
    if shape.rank == 4, let x = shared[3] {
      return "\(count) in column \(x) of the map: compare what it reads there."
    }
    return nil
  }
}
