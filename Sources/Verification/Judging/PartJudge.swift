internal import Operators
internal import Synchronization
internal import Tensors

/// Reruns and judges an operator's recorded result part by part: each on one thread, and gone when it has been judged.
///
/// Most of a network's elements are of layers that cost hardly more than the memory that they go through; what fits a
/// core's own cache costs none.
struct PartJudge: Sendable {
  private let parts: OperatorParts
  private let recorded: Tensor
  private let precision: Precision
  private let tolerance: Tolerance?
  /// By the shapes of their data.
  private let prepared: [Shape: PreparedPart]

  /// Elements of a part of elementwise work.
  static let size = 1 << 15

  /// Makes ready what parts share.
  ///
  /// - Parameter recorded: of the shape that the whole result has.
  /// - Throws: `OperatorError` where the operator cannot be rerun.
  init(
    _ parts: OperatorParts, recorded: Tensor, precision: Precision, tolerance: Tolerance?,
    on threads: Threads
  ) throws(OperatorError) {
    self.parts = parts
    self.recorded = recorded
    self.precision = precision
    self.tolerance = tolerance
    prepared = try Self.prepared(parts, on: threads)
  }

  /// What is found of all elements, in order; nil where some part cannot be rerun.
  ///
  /// - Parameter meanwhile: other work that one thread does while the others judge.
  func judge(on threads: Threads, meanwhile: @Sendable () -> Void) -> ErrorStatistics? {
    let judged = threads.map(parts.parts.count + 1) { piece -> ErrorStatistics? in
      // The other work first: parts are small enough to fill up what time is left beside it.
      guard piece > 0 else {
        meanwhile()
        return ErrorStatistics()
      }
      let part = parts.parts[piece - 1]
      return judge(part, prepared[part.data])
    }
    let found = judged.compactMap { $0 }
    return found.count == judged.count ? found.reduce(into: ErrorStatistics()) { $0.add($1) } : nil
  }

  /// What parts of one shape share.
  private struct PreparedPart {
    let reference: PreparedOperator<Double>
    let squares: PreparedOperator<Float>?
    /// Products of an element's sum; nil where there are none, or not as many for each.
    let termCount: Int?
  }

  private static func prepared(
    _ parts: OperatorParts, on threads: Threads
  ) throws(OperatorError) -> [Shape: PreparedPart] {
    guard parts.sharesParameters else { return [:] }
    let context = EvaluationContext(threads: threads)
    var prepared: [Shape: PreparedPart] = [:]
    var first: PreparedPart?
    for part in parts.parts where prepared[part.data] == nil {
      let inputs = part.inputs()
      let new = PreparedPart(
        reference: try parts.operation.prepared(
          for: inputs, as: Double.self, in: context, PreparedSharing(with: first?.reference)),
        squares: try (parts.operation as? any SumOfProducts)?.preparedSquares(
          for: inputs, in: context, PreparedSharing(with: first?.squares)), termCount: parts.termCount)
      prepared[part.data] = new
      first = first ?? new
    }
    return prepared
  }

  private func judge(_ part: OperatorPart, _ prepared: PreparedPart?) -> ErrorStatistics? {
    guard let rerun = rerun(part, prepared), rerun.result.shape.count == part.elements.count else {
      return nil
    }
    switch rerun.bound {
    case .unknown, .discrete: return nil
    case .exact, .elementwise, .sums: break
    }
    var statistics = judgeElements(
      recorded: recorded.gathered(part.elements), expected: Elements(rerun.result.widened),
      bound: rerun.bound, squares: rerun.squares, precision: precision, tolerance: tolerance)
    statistics.worst = statistics.worst.map { worst in
      Outlier(
        position: recorded.shape.position(of: part.elements[worst.position[0]]), recorded: worst.recorded,
        expected: worst.expected, sigma: worst.sigma, verdict: worst.verdict)
    }
    return statistics
  }

  private func rerun(_ part: OperatorPart, _ prepared: PreparedPart?) -> Rerun? {
    do {
      guard let prepared else {
        let inputs = part.inputs().map { $0.map { Double.held($0) } }
        let result = try parts.operation.evaluate(inputs, as: Double.self)[0]
        return Rerun(result: result, bound: bound(part, inputs, result))
      }
      if prepared.reference.takesChannelsLast, let terms = prepared.termCount,
        let data = part.rows?.channelsLast(with: InstructionSet.chosen.kernels.float),
        let squares = prepared.squares
      {
        let result = try prepared.reference.run(arranged: Double.held(data), on: Threads(1))[0]
        // The data are copied in logical order only where products are listed.
        let sums = PartSums(count: terms) { bound(part, part.inputs(), result) }
        return Rerun(
          result: result, bound: .sums(sums),
          squares: try squares.run(arranged: data.floatSquares(on: Threads(1)), on: Threads(1))[0])
      }
      let inputs = part.inputs()
      func only(_ data: Tensor?) -> [Tensor?] { [data] + Array(repeating: nil, count: inputs.count - 1) }
      let result = try prepared.reference.run(only(inputs[0]), on: Threads(1))[0]
      return Rerun(
        result: result, bound: bound(part, inputs, result),
        squares: try prepared.squares?.run(
          only(inputs[0]?.floatSquares(on: Threads(1))), on: Threads(1))[0])
    } catch { return nil }
  }

  private func bound(_ part: OperatorPart, _ inputs: [Tensor?], _ result: Tensor) -> ErrorBound {
    parts.operation.errorBound(
      BoundOperands(inputs: inputs, outputShape: result.shape, reference: Elements(result.widened)))
  }

  private struct Rerun {
    let result: Tensor
    let bound: ErrorBound
    var squares: Tensor?
  }
}

/// Sums of so many products each, which are listed for few, if for any.
private final class PartSums: SumBound {
  private let count: Int
  private let make: @Sendable () -> ErrorBound
  private let made = Mutex<(any SumBound)?>(nil)

  init(count: Int, listing make: @escaping @Sendable () -> ErrorBound) {
    self.count = count
    self.make = make
  }

  func termCount(of element: Int) -> Int { count }

  func list(_ element: Int, into terms: inout SumTerms) {
    let bound = made.withLock { bound -> (any SumBound)? in
      if bound == nil, case .sums(let new) = make() { bound = new }
      return bound
    }
    bound?.list(element, into: &terms)
  }
}
