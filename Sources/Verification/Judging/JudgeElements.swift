package import Operators
package import Tensors

/// Judges every element of a recorded tensor against its fp64 rerun.
///
/// - Parameters:
///   - squares: Σp² of sums in fp32, where they are at hand; they are computed otherwise.
///   - otherSides: where the operator's result jumps; nil where it does not.
///   - carried: what the rerun's own inputs are off by; nil where they were recorded.
///   - spreads: whether to gather how the errors spread.
/// - Precondition: there are as many expected elements as recorded ones, and the recorded type is computed with.
package func judgeElements(
  recorded: Tensor, expected: Elements<Double>, bound: ErrorBound, squares: Tensor? = nil,
  otherSides: (any OtherSides)? = nil, carried: CarriedError? = nil, precision: Precision,
  tolerance: Tolerance? = nil, spreads: Bool = false,
  on threads: Threads = Threads(1)
) -> ErrorStatistics {
  var judge = ElementJudge(
    bound: bound, expected: expected, recorded: recorded, squares: squares, precision: precision,
    tolerance: tolerance, on: threads)
  judge.otherSides = otherSides
  judge.carried = carried.map { (Elements($0.variance.widened), Elements($0.bound.widened)) }
  judge.spreads = spreads
  return judge.judge(on: threads)
}

/// The elements, in order, that no honest evaluation explains.
///
/// - Precondition: as for `judgeElements`.
func failingElements(
  recorded: Tensor, expected: Elements<Double>, bound: ErrorBound, precision: Precision, on threads: Threads
) -> [Int] {
  ElementJudge(bound: bound, expected: expected, recorded: recorded, precision: precision, on: threads)
    .failing(on: threads)
}

/// The deviation and the hard bound of one element that is a sum of products.
package func sumError(
  _ bound: any SumBound, element: Int, value: Double, observed: Double, precision: Precision.Arithmetic
) -> SumError {
  var terms = SumTerms()
  return SumJudge(bound: bound, precision: precision).error(element, value: value, observed: observed, &terms)
}
