internal import Operators
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
    let squares: PreparedOperator<Float>
    /// Products of an element's sum.
    let termCount: Int
  }

  private static func prepared(
    _ parts: OperatorParts, on threads: Threads
  ) throws(OperatorError) -> [Shape: PreparedPart] {
    guard let termCount = parts.termCount, let operation = parts.operation as? any SumOfProducts else {
      return [:]
    }
    let context = EvaluationContext(threads: threads)
    var prepared: [Shape: PreparedPart] = [:]
    var first: PreparedPart?
    for part in parts.parts where prepared[part.data] == nil {
      let inputs = part.inputs()
      let new = PreparedPart(
        reference: try operation.prepared(
          for: inputs, as: Double.self, in: context, PreparedSharing(with: first?.reference)),
        squares: try operation.preparedSquares(
          for: inputs, in: context, PreparedSharing(with: first?.squares)), termCount: termCount)
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
      guard let prepared, let rows = part.rows else {
        let inputs = part.inputs().map { $0.map { Double.held($0) } }
        let result = try parts.operation.evaluate(inputs, as: Double.self)[0]
        return Rerun(result: result, bound: bound(inputs, result))
      }
      let data = rows.channelsLast(with: InstructionSet.chosen.kernels.float)
      let result = try prepared.reference.run(Double.held(data), in: .channelsLast, on: Threads(1))[0]
      // The data are copied in logical order only where products are listed.
      let sums = LateSums(count: prepared.termCount) {
        guard case .sums(let sums) = bound(part.inputs(), result) else {
          preconditionFailure("\(parts.operation.name) has no sums")
        }
        return sums
      }
      return Rerun(
        result: result, bound: .sums(sums),
        squares: try prepared.squares.run(
          data.floatSquares(on: Threads(1)), in: .channelsLast, on: Threads(1))[0])
    } catch { return nil }
  }

  private func bound(_ inputs: [Tensor?], _ result: Tensor) -> ErrorBound {
    parts.operation.errorBound(
      BoundOperands(inputs: inputs, outputShape: result.shape, reference: Elements(result.widened)))
  }

  private struct Rerun {
    let result: Tensor
    let bound: ErrorBound
    var squares: Tensor?
  }
}
