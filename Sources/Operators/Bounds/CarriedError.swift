package import Tensors

/// The error that a value carries from the layers that it came through, element by element.
package struct CarriedError: Sendable {
  /// Variances, fp64, of the value's shape.
  package let variance: Tensor
  /// Hard bounds, fp64, of the value's shape.
  package let bound: Tensor

  package init(variance: Tensor, bound: Tensor) {
    self.variance = variance
    self.bound = bound
  }
}

/// An operator that says what its inputs' errors become, to first order.
package protocol ErrorCarrying: Operator {
  /// - Parameters:
  ///   - errors: of the inputs; nil where an input is exact.
  ///   - output: which of the operator's outputs.
  /// - Returns: nil where an input has an error whose effect is not known.
  /// - Throws: `OperatorError` where the operator cannot be rerun on them.
  func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError?
}

/// An operator of sums of products that is linear in its data: its own rerun on squares and on magnitudes gives
/// every element's Σp² and Σ|p|, and what errors of the data become.
package protocol SumOfProducts: ErrorCarrying {
  /// Inputs that each product has as a factor, the data first.
  var factors: [Int] { get }
  /// Inputs that are added to the sums.
  var addends: [Int] { get }

  /// What gives Σp² of every element in fp32, in which small ones are 0 and large ones infinite.
  ///
  /// - Parameter sharing: how it is to run; nil for alone.
  /// - Throws: `OperatorError` where the operator cannot be rerun.
  func preparedSquares(
    for inputs: [Tensor?], in context: EvaluationContext, _ sharing: PreparedSharing<Float>?
  ) throws(OperatorError) -> PreparedOperator<Float>
}

extension SumOfProducts {
  package func preparedSquares(
    for inputs: [Tensor?], in context: EvaluationContext, _ sharing: PreparedSharing<Float>?
  ) throws(OperatorError) -> PreparedOperator<Float> {
    let squared = inputs.squaring(factors + addends, on: context.threads)
    return try prepared(for: squared, as: Float.self, in: context, sharing) { site throws(OperatorError) in
      try Float.prepare(self, site)
    }
  }

  /// Σp² of every element in fp32, in which small ones are 0 and large ones infinite.
  ///
  /// - Throws: `OperatorError` where the operator cannot be rerun.
  func floatSquares(of inputs: [Tensor?], in context: EvaluationContext) throws(OperatorError) -> Tensor {
    try preparedSquares(for: inputs, in: context, nil).run(
      Array(repeating: nil, count: inputs.count), on: context.threads)[0]
  }

  /// Σp² and Σ|p| of every element; where a sample mixes neighbours, no less than that.
  ///
  /// - Throws: `OperatorError` where the operator cannot be rerun.
  package func sums(
    of inputs: [Tensor?], in context: EvaluationContext
  ) throws(OperatorError) -> (squares: Tensor, magnitudes: Tensor) {
    (
      try rerun(inputs, in: context) { $0 * $0 },
      try rerun(inputs, in: context) { abs($0) }
    )
  }

  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    // Errors of offsets and weights are not linear.
    guard let data = errors.first ?? nil, errors.dropFirst().allSatisfy({ $0 == nil }) else { return nil }
    return CarriedError(
      variance: try rerun(inputs, data: data.variance, in: context) { $0 * $0 },
      bound: try rerun(inputs, data: data.bound, in: context) { abs($0) })
  }

  /// The operator's first output where all factors and addends are mapped; with other data there are no addends.
  private func rerun(
    _ inputs: [Tensor?], data: Tensor? = nil, in context: EvaluationContext, _ map: (Double) -> Double
  ) throws(OperatorError) -> Tensor {
    var mapped = inputs
    for index in factors + addends {
      guard let input = mapped.indices.contains(index) ? mapped[index] : nil else { continue }
      if index == 0, let data {
        mapped[0] = data
      } else {
        let isDropped = data != nil && addends.contains(index)
        mapped[index] = Tensor(
          input.converted(to: Double.self).map { isDropped ? 0 : map($0) }, shape: input.shape)
      }
    }
    return try evaluate(mapped, as: Double.self, in: context)[0]
  }
}

/// An operator whose elements are selections, moves or means of its data's: errors go the data's way.
///
/// A mean of errors has at most the mean of their variances, however they depend on each other.
package protocol CarriesErrorsAsData: ErrorCarrying {}

extension CarriesErrorsAsData {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    // Regions and offsets decide: they may carry no error. Of what is only a shape's example none matters.
    let names = self.inputs.map(\.name)
    let isData = inputs.indices.map {
      !names.contains("data") || names.indices.contains($0) && names[$0] == "data"
    }
    let isLike = inputs.indices.map { names.indices.contains($0) && names[$0] == "like" }
    guard errors.indices.allSatisfy({ errors[$0] == nil || isData[$0] || isLike[$0] }) else { return nil }
    func moved(_ part: (CarriedError) -> Tensor) throws(OperatorError) -> Tensor {
      var parts = inputs
      for index in inputs.indices where isData[index] {
        if let error = errors[index] {
          parts[index] = part(error)
        } else if let input = inputs[index], input.elementType.isFloatingPoint {
          parts[index] = Tensor([Double](repeating: 0, count: input.shape.count), shape: input.shape)
        }
      }
      return try evaluate(parts, as: Double.self, in: context)[output]
    }
    return CarriedError(variance: try moved(\.variance), bound: try moved(\.bound))
  }
}

/// A function of each element that nowhere is steeper than 1.
package protocol CarriesErrorsUnchanged: ErrorCarrying {}

extension CarriesErrorsUnchanged {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    guard errors.dropFirst().allSatisfy({ $0 == nil }) else { return nil }
    return errors.first ?? nil
  }
}

extension [Tensor?] {
  /// With some of them squared, in fp32; one that is left out stays so.
  func squaring(_ places: [Int], on threads: Threads) -> [Tensor?] {
    var squared = self
    for place in places where indices.contains(place) {
      squared[place] = self[place]?.floatSquares(on: threads)
    }
    return squared
  }
}

extension Tensor {
  /// The squares of the elements, in fp32.
  package func floatSquares(on threads: Threads) -> Tensor {
    let values = Elements<Float>(Float.held(self, on: threads))
    let squares = MutableElements<Float>(writtenCount: shape.count)
    squares.forEachChunk(of: 1 << 14, on: threads) { start, chunk, _ in
      let values = values.span.extracting(start..<start + chunk.count)
      for index in chunk.indices { chunk[index] = values[index] * values[index] }
    }
    return squares.tensor(shape)
  }
}
