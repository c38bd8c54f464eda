package import Tensors

/// What rounding error to expect of a node's output, element by element.
///
/// u below is the unit roundoff of the producer's arithmetic, 2⁻²⁴ for fp32.
package enum ErrorBound: Sendable {
  /// The output is the fp64 result rounded once: selections, copies, comparisons.
  case exact
  /// Each element is a sum of products; BOUNDS.md, "Inner products".
  case sums(any SumBound)
  /// Each element has a formula of its own.
  case elementwise(any ElementBound)
  /// Each row is the outcome of decisions: proposals, suppression.
  case discrete(any DecisionBound)
  /// No bound is known: the layer is not judged, and this is why.
  case unknown(String)
}

extension ErrorBound {
  /// Whether the rerun's elements have no error.
  package var isExact: Bool {
    switch self {
    case .exact: true
    case .discrete(let bound): bound.isExact
    case .sums, .elementwise, .unknown: false
    }
  }
}

/// What a bound is derived from: the inputs on which the reference was evaluated, and the reference itself.
package struct BoundOperands: Sendable {
  /// Nil where an optional input is left out. Element types are those of the recording.
  package let inputs: [Tensor?]
  /// Shapes of the outputs, in the framework's layout.
  package let outputShape: Shape
  /// The fp64 rerun of this output, in the framework's layout.
  package let reference: Elements<Double>
  /// Whether the producer rounds positions otherwise than by any declared order (ONNX's reference normalises them):
  /// then they are known to u·max(|position|, map's size) only.
  package let roundsPositions: Bool

  package init(
    inputs: [Tensor?], outputShape: Shape, reference: Elements<Double>, roundsPositions: Bool = false
  ) {
    precondition(reference.count == outputShape.count, "\(reference.count) elements for \(outputShape)")
    self.inputs = inputs
    self.outputShape = outputShape
    self.reference = reference
    self.roundsPositions = roundsPositions
  }
}

/// A bound of elements that are each a sum of products, divided by a count in the end.
package protocol SumBound: Sendable {
  /// Products in the sum of this element, a bias counted as one; cheap.
  func termCount(of element: Int) -> Int

  /// Lists the products of one element.
  func list(_ element: Int, into terms: inout SumTerms)

  /// Σp² of all elements at once; nil where that is no cheaper than listing their products.
  func squares(on threads: Threads) -> SumsOfSquares?
}

extension SumBound {
  package func squares(on threads: Threads) -> SumsOfSquares? { nil }
}

/// Σp² of every element of sums, a bias among the products.
package struct SumsOfSquares: Sendable {
  /// In fp32 and rounded there: infinite or 0 where that ends.
  package let values: Elements<Float>
  /// Products of every element's sum.
  package let termCount: Int
  /// Whether something else rounds before the sum, which they leave out.
  package let isPartial: Bool

  package init(values: Elements<Float>, termCount: Int, isPartial: Bool) {
    self.values = values
    self.termCount = termCount
    self.isPartial = isPartial
  }
}

/// The products of one element's sum, and what else rounds in it.
package struct SumTerms: Sendable {
  /// Channel by channel, and in a channel tap by tap.
  package var products: [Double] = []
  /// Taps of a channel; 1 where the order of the sum has no such structure.
  package var tapsPerChannel = 1
  /// Added before or behind the products; nil for none.
  package var bias: Double?
  /// Variance of what rounds before the sum, in units of u²: a bilinear sample's own arithmetic.
  package var priorVariance = 0.0
  /// What rounds before the sum at most, in units of u.
  package var priorBound = 0.0
  /// The sum is divided by this in the end; 1 for none.
  package var divisor = 1.0

  package init() {}

  package mutating func removeAll() {
    products.removeAll(keepingCapacity: true)
    tapsPerChannel = 1
    bias = nil
    priorVariance = 0
    priorBound = 0
    divisor = 1
  }
}

/// A bound of elements that each have a formula of their own.
package protocol ElementBound: Sendable {
  /// The standard deviation of the error to expect and a hard bound on it, both in units of u.
  func error(of element: Int) -> (sigma: Double, hard: Double)

  /// Writes the same of a stretch of elements, times a unit: variances, squared deviations, and hard bounds.
  ///
  /// - Precondition: there is room for as many of each.
  func allow(
    _ elements: Range<Int>, unit: Double, variances: inout MutableSpan<Double>,
    bounds: inout MutableSpan<Double>)
}

extension ElementBound {
  package func allow(
    _ elements: Range<Int>, unit: Double, variances: inout MutableSpan<Double>,
    bounds: inout MutableSpan<Double>
  ) {
    for (place, element) in elements.enumerated() {
      let error = error(of: element)
      variances[place] = error.sigma * unit * (error.sigma * unit)
      bounds[place] = error.hard * unit
    }
  }
}

extension BoundOperands {
  /// - Precondition: the input is not left out.
  func input(_ index: Int) -> Tensor {
    guard inputs.indices.contains(index), let input = inputs[index] else {
      preconditionFailure("input \(index) of \(inputs.count) is left out")
    }
    return input
  }
}

extension Tensor {
  /// The elements in fp64; the tensor itself where it has them so.
  package var widened: Tensor {
    elementType == .float64 ? self : Tensor(converted(to: Double.self), shape: shape)
  }
  /// The elements in fp32; the tensor itself where it has them so.
  var narrowed: Tensor { elementType == .float32 ? self : Tensor(converted(to: Float.self), shape: shape) }
}
