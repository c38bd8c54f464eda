package import Graphs
package import Tensors

/// An operator of the neutral IR with everything the other floors ask of it.
///
/// Its stored properties are its attributes: their names and values are what packs hold and reports show
/// (`AttributeEncoder`), so a dialect is a property like any other and never implied.
package protocol Operator: Operation, Codable, Hashable {
  /// The neutral IR's name.
  static var name: String { get }

  /// The names of the inputs that a node with these attributes takes, in order.
  var inputs: [InputName] { get }

  /// The shape rule: checks the inputs, completes what follows of weights' shapes, and gives the outputs.
  ///
  /// - Throws: `OperatorError` where no such computation exists.
  func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType]

  /// How MXNet spells it; nil where it has no such operator.
  static var mxnet: MXNetDialect<Self>? { get }

  /// How ONNX spells it; nil where it has no such operator.
  static var onnx: ONNXDialect<Self>? { get }

  /// In which memory order evaluation takes and gives maps.
  var layout: LayoutPreference { get }

  /// The same where it depends on the inputs' shapes; nil for inputs that are left out.
  func layout(for inputs: [Shape?]) -> LayoutPreference

  /// Makes ready to run: packs weights, and returns what each run does.
  ///
  /// Called once for a plan when the parameters are known, before each run otherwise. The shape rule has
  /// passed before, so shapes need no second check; the numbers in the data may be anything.
  ///
  ///     package func step<T: Lane>(at site: Site<T>) -> Step<T> {
  ///       let scale = site.parameter(1)  // learned inputs are known here
  ///       let channels = site.input(0).shape[1]
  ///       return Step { evaluation in
  ///         let x = evaluation.input(0)
  ///         evaluation.output().forEachChunk(of: channels, on: evaluation.threads) { start, y, _ in
  ///           for c in y.indices { y[c] = x.span[start + c] * scale.span[c] }
  ///         }
  ///       }
  ///     }
  ///
  /// Written once for both precisions. Chunks must not depend on the number of threads. Loops over single
  /// elements that matter for speed belong into `KernelSet`. Values of integer type are read by
  /// `Evaluation.integers` and `tensor`, and written through `Evaluation.output(_:of:)`; work that only moves
  /// elements moves bytes and need not know their type.
  ///
  /// - Throws: `OperatorError` where no such computation exists.
  func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T>

  /// What rounding error to expect of an output, from the very inputs that it was computed from.
  ///
  /// An operator that only selects or moves elements conforms to `ExactlyEvaluated`; one whose rounding nobody
  /// has derived yet to `PendingBound`. Formulas are in BOUNDS.md's terms: derive each in its doc comment.
  func errorBound(_ operands: BoundOperands) -> ErrorBound

  /// `step` in one precision. Nobody implements these: as concrete requirements they are specialised.
  func prepareFloat(_ site: Site<Float>) throws(OperatorError) -> Step<Float>
  func prepareDouble(_ site: Site<Double>) throws(OperatorError) -> Step<Double>
}

/// One input of an operator, by the field's name for it.
package struct InputName: Hashable, Sendable {
  package enum Role: Sendable {
    /// Computed or fed.
    case data
    /// Learned; its shape follows from the attributes and the data.
    case parameter
    /// Kept by the framework beside the learned ones: moving means and variances. MXNet: auxiliary state.
    case auxiliary
    /// What training compares the result with; evaluation does not look at it.
    case label
  }

  package let name: String
  package let role: Role
  /// Whether a node may leave it out.
  package let isOptional: Bool

  package init(_ name: String, _ role: Role = .data, optional: Bool = false) {
    self.name = name
    self.role = role
    isOptional = optional
  }
}

extension Operator {
  package var name: String { Self.name }
  package var attributes: Attributes { AttributeEncoder.encode(self) }

  package func prepareFloat(_ site: Site<Float>) throws(OperatorError) -> Step<Float> { try step(at: site) }
  package func prepareDouble(_ site: Site<Double>) throws(OperatorError) -> Step<Double> {
    try step(at: site)
  }
}

extension Operator {
  package func layout(for inputs: [Shape?]) -> LayoutPreference { layout }
}
