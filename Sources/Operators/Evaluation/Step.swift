package import Tensors

/// A node made ready to run: what a plan holds of it.
package struct Step<T: Lane>: Sendable {
  package enum Work: Sendable {
    /// Writes every element of every output.
    case run(@Sendable (Evaluation<T>) throws(OperatorError) -> Void)
    /// Output 0 is this input under the output's shape: nothing is computed or copied.
    case alias(input: Int)
  }

  package let work: Work
  /// Elements of scratch memory that each worker needs.
  package let scratch: Int
  /// What was made of the parameters alone, for steps on data of other shapes; nil where that is nothing.
  var packed: (any Sendable)?

  /// - Parameters:
  ///   - scratch: elements that each worker needs beside inputs and outputs.
  ///   - run: writes every element of every output; outputs hold anything before.
  package init(
    scratch: Int = 0, _ run: @escaping @Sendable (Evaluation<T>) throws(OperatorError) -> Void
  ) {
    work = .run(run)
    self.scratch = scratch
  }

  private init(_ work: Work) {
    self.work = work
    scratch = 0
  }

  /// Output 0 is an input under another shape; both are in logical order, or of the same shape.
  package static func alias(input: Int = 0) -> Step { Step(.alias(input: input)) }
}

extension Step {
  /// Each element of output 0 is a function of the element of input 0: for `.any` layout.
  package static func map(_ function: @escaping @Sendable (T) -> T) -> Step {
    Step { evaluation in
      let x = evaluation.input(0)
      evaluation.output(0).forEachChunk(of: 1 << 14, on: evaluation.threads) { start, y, _ in
        let x = x.span.extracting(start..<start + y.count)
        for index in y.indices { y[index] = function(x[index]) }
      }
    }
  }
}
