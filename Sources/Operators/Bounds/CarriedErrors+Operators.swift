package import Tensors

extension Convolution: SumOfProducts {
  package var factors: [Int] { [0, 1] }
  package var addends: [Int] { [2] }

  package func preparedSquares(
    for inputs: [Tensor?], in context: EvaluationContext, _ sharing: PreparedSharing<Float>?
  ) throws(OperatorError) -> PreparedOperator<Float> {
    let operands = inputs.squaring([0] + addends, on: context.threads)
    return try prepared(for: operands, as: Float.self, in: context, sharing) { site throws(OperatorError) in
      try step(at: site, squaresWeights: true)
    }
  }
}

extension Deconvolution: SumOfProducts {
  package var factors: [Int] { [0, 1] }
  package var addends: [Int] { [2] }
}

extension FullyConnected: SumOfProducts {
  package var factors: [Int] { [0, 1] }
  package var addends: [Int] { [2] }
}

extension DeformableConvolution: SumOfProducts {
  /// A sample is a mean of its neighbours: its square is at most the sample of their squares.
  package var factors: [Int] { hasMask ? [0, 2, 3] : [0, 2] }
  package var addends: [Int] { hasMask ? [4] : [3] }

  /// The squares of samples, which those of the neighbours that they mix do not give.
  package func preparedSquares(
    for inputs: [Tensor?], in context: EvaluationContext, _ sharing: PreparedSharing<Float>?
  ) throws(OperatorError) -> PreparedOperator<Float> {
    let operands = inputs.squaring(addends, on: context.threads)
    return try prepared(for: operands, as: Float.self, in: context, sharing) { site throws(OperatorError) in
      try step(at: site, squares: true)
    }
  }
}

extension Concat: CarriesErrorsAsData {}
extension Crop: CarriesErrorsAsData {}
extension ExpandDims: CarriesErrorsAsData {}
extension Flatten: CarriesErrorsAsData {}
extension Reshape: CarriesErrorsAsData {}
extension Slice: CarriesErrorsAsData {}
extension SliceLike: CarriesErrorsAsData {}
extension Split: CarriesErrorsAsData {}
extension Squeeze: CarriesErrorsAsData {}
extension SwapAxes: CarriesErrorsAsData {}
extension Transpose: CarriesErrorsAsData {}
extension PSROIPooling: CarriesErrorsAsData {}
extension DeformablePSROIPooling: CarriesErrorsAsData {}
extension ROIPooling: CarriesErrorsAsData {}

extension Activation: CarriesErrorsUnchanged {}
extension Clip: CarriesErrorsUnchanged {}
extension Dropout: CarriesErrorsUnchanged {}
extension Identity: CarriesErrorsUnchanged {}

extension Pooling: ErrorCarrying {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    // A maximum is off by no more than the largest error in its window; sums and norms add them up.
    guard function == .max || function == .average, let error = errors.first ?? nil else { return nil }
    return CarriedError(
      variance: try evaluate([error.variance], as: Double.self, in: context)[0],
      bound: try evaluate([error.bound], as: Double.self, in: context)[0])
  }
}

extension AddN: ErrorCarrying {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    try added(errors, of: inputs) { terms throws(OperatorError) in
      try evaluate(terms, as: Double.self, in: context)[0]
    }
  }
}

extension Binary: ErrorCarrying {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    guard function == .add || function == .subtract else { return nil }
    let sum = Binary(.add, broadcasts: broadcasts)
    return try added(errors, of: inputs) { terms throws(OperatorError) in
      try sum.evaluate(terms, as: Double.self, in: context)[0]
    }
  }
}

/// Both branches of a residual unit come from one value: deviations add up, not variances.
private func added(
  _ errors: [CarriedError?], of inputs: [Tensor?],
  _ sum: ([Tensor?]) throws(OperatorError) -> Tensor
) throws(OperatorError) -> CarriedError? {
  func terms(_ part: (CarriedError) -> [Double]) -> [Tensor?] {
    zip(errors, inputs).map { error, input in
      input.map { input in
        Tensor(error.map(part) ?? [Double](repeating: 0, count: input.shape.count), shape: input.shape)
      }
    }
  }
  let deviation = try sum(terms { $0.variance.converted(to: Double.self).map { $0.squareRoot() } })
  return CarriedError(
    variance: Tensor(deviation.converted(to: Double.self).map { $0 * $0 }, shape: deviation.shape),
    bound: try sum(terms { $0.bound.converted(to: Double.self) }))
}

extension BatchNorm: ErrorCarrying {
  package func carry(
    _ errors: [CarriedError?], of inputs: [Tensor?], to output: Int, in context: EvaluationContext
  ) throws(OperatorError) -> CarriedError? {
    guard let error = errors.first ?? nil, errors.dropFirst().allSatisfy({ $0 == nil }),
      let gamma = inputs[1], let variance = inputs[4]
    else { return nil }
    let shape = error.variance.shape
    let axis = try resolveAxis(self.axis, rank: shape.rank)
    let run = shape.dimensions[(axis + 1)...].reduce(1, *)
    let factors = zip(gamma.converted(to: Double.self), variance.converted(to: Double.self)).map {
      abs(fixGamma ? 1 : $0) / ($1 + epsilon).squareRoot()
    }
    func scaled(_ tensor: Tensor, by power: (Double) -> Double) -> Tensor {
      let scales = factors.map(power)
      return Tensor(
        tensor.converted(to: Double.self).enumerated().map { $1 * scales[$0 / run % scales.count] },
        shape: shape)
    }
    return CarriedError(
      variance: scaled(error.variance) { $0 * $0 }, bound: scaled(error.bound) { $0 })
  }
}
