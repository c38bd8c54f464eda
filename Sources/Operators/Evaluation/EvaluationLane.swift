package import Tensors

/// A precision in which networks are evaluated.
///
/// Its requirements are concrete per type: generic code that is called through `any Operator` from another
/// module would run unspecialised, a hundred times slower.
package protocol EvaluationLane: Lane {
  static func prepare(_ operation: any Operator, _ site: Site<Self>) throws(OperatorError) -> Step<Self>

  static func prepareGradients(
    _ operation: any DifferentiableOperator, _ site: Site<Self>
  ) throws(OperatorError) -> Step<Self>

  /// A floating-point tensor in this precision; others as they are.
  static func held(_ tensor: Tensor, on threads: Threads) -> Tensor
}

extension EvaluationLane {
  /// What a value of a type is held as while evaluating in this precision.
  package static func held(_ type: ElementType?) -> ElementType {
    guard let type, !type.isFloatingPoint else { return elementType }
    return type
  }

  /// A floating-point tensor in this precision; others as they are.
  package static func held(_ tensor: Tensor) -> Tensor { held(tensor, on: Threads(1)) }

  fileprivate static func needsConversion(_ tensor: Tensor) -> Bool {
    tensor.elementType.isFloatingPoint && tensor.elementType != elementType
  }
}

extension Float: EvaluationLane {
  package static func prepare(
    _ operation: any Operator, _ site: Site<Float>
  ) throws(OperatorError) -> Step<Float> {
    try operation.requireEvaluable(site)
    return try operation.prepareFloat(site)
  }

  package static func prepareGradients(
    _ operation: any DifferentiableOperator, _ site: Site<Float>
  ) throws(OperatorError) -> Step<Float> { try operation.prepareGradientsFloat(site) }

  package static func held(_ tensor: Tensor, on threads: Threads) -> Tensor {
    needsConversion(tensor) ? tensor.converted(to: Float.self, on: threads) : tensor
  }
}

extension Double: EvaluationLane {
  package static func prepare(
    _ operation: any Operator, _ site: Site<Double>
  ) throws(OperatorError) -> Step<Double> {
    try operation.requireEvaluable(site)
    return try operation.prepareDouble(site)
  }

  package static func prepareGradients(
    _ operation: any DifferentiableOperator, _ site: Site<Double>
  ) throws(OperatorError) -> Step<Double> { try operation.prepareGradientsDouble(site) }

  package static func held(_ tensor: Tensor, on threads: Threads) -> Tensor {
    needsConversion(tensor) ? tensor.converted(to: Double.self, on: threads) : tensor
  }
}
