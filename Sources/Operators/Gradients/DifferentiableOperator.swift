package import Tensors

/// An operator whose gradients with respect to its inputs are known.
///
/// `operation as? any DifferentiableOperator` asks for one.
package protocol DifferentiableOperator: Operator {
  /// The inputs, by their place, that output 0 has a gradient with respect to.
  var differentiableInputs: [Int] { get }

  /// Makes the gradients ready to run, as `step` does the operator.
  ///
  /// The site's inputs are the operator's, in its layouts, and behind them the gradient of output 0, shaped and
  /// laid out as it is. Its outputs are the gradients of the inputs, each shaped as the input and in logical
  /// order; nil where one is not asked for. Chunks and the order of every sum must not depend on the number of
  /// threads.
  ///
  /// - Throws: `OperatorError` where no such computation exists.
  func gradientStep<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T>

  /// What rounding error to expect of the gradient with respect to an input.
  ///
  /// - Parameter operands: of the operator itself; its reference is the gradient of output 0.
  func gradientBound(of index: Int, _ operands: BoundOperands) -> ErrorBound

  /// What programs are known to give for an input's gradient instead, where the forward pass is right.
  ///
  /// - Parameter inputs: the operator's, and behind them the gradient of output 0.
  func gradientAlternatives(of index: Int, _ inputs: [Tensor?]) -> [GradientAlternative]

  /// `gradientStep` in one precision. Nobody implements these: as concrete requirements they are specialised.
  func prepareGradientsFloat(_ site: Site<Float>) throws(OperatorError) -> Step<Float>
  func prepareGradientsDouble(_ site: Site<Double>) throws(OperatorError) -> Step<Double>
}

extension DifferentiableOperator {
  package func prepareGradientsFloat(_ site: Site<Float>) throws(OperatorError) -> Step<Float> {
    try gradientStep(at: site)
  }
  package func prepareGradientsDouble(_ site: Site<Double>) throws(OperatorError) -> Step<Double> {
    try gradientStep(at: site)
  }
}
