package import Tensors

/// A computation that a producer may have run instead of the declared one: another dialect, or a known bug.
package struct Alternative: Sendable {
  /// What was computed, worded to follow "these are the numbers of".
  package let cause: String
  /// What to change, as an imperative.
  package let remedy: String
  package let operation: any Operator
  /// The inputs that this computation took, from those that were recorded.
  package let inputs: @Sendable (inout [Tensor?]) -> Void
  /// The recorded value in the order and the type in which the operator gives it; nil where it cannot be.
  package let restored: @Sendable (Tensor) -> Tensor?
  /// What became of each element behind the operator; must not enlarge an error.
  package let finish: (@Sendable (Double) -> Double)?

  package init(
    _ cause: String, remedy: String, operation: any Operator,
    inputs: @escaping @Sendable (inout [Tensor?]) -> Void = { _ in },
    restored: @escaping @Sendable (Tensor) -> Tensor? = { $0 },
    finish: (@Sendable (Double) -> Double)? = nil
  ) {
    self.cause = cause
    self.remedy = remedy
    self.operation = operation
    self.inputs = inputs
    self.restored = restored
    self.finish = finish
  }
}

/// An operator that knows what else its name stands for, and how programs get it wrong.
package protocol DeclaresAlternatives: Operator {
  /// - Parameter inputs: what was recorded; shapes decide which alternatives there are.
  func alternatives(_ inputs: [Tensor?]) -> [Alternative]
}

/// Collects the alternatives of one operator.
struct AlternativeList<O: Operator> {
  let operation: O
  let inputs: [Tensor?]
  private(set) var all: [Alternative] = []

  init(_ operation: O, _ inputs: [Tensor?]) {
    self.operation = operation
    self.inputs = inputs
  }

  /// The shape of an input; rank 0 where it is left out.
  func shape(_ index: Int) -> Shape {
    (inputs.indices.contains(index) ? inputs[index]?.shape : nil) ?? Shape([])
  }

  /// Adds other attributes; nothing where they are the declared ones.
  mutating func add(_ cause: String, remedy: String, _ alter: (inout O) -> Void) {
    var altered = operation
    alter(&altered)
    guard altered != operation else { return }
    all.append(Alternative(cause, remedy: remedy, operation: altered))
  }

  /// Adds other inputs, and the attributes that go with them.
  mutating func add(
    _ cause: String, remedy: String, inputs: @escaping @Sendable (inout [Tensor?]) -> Void,
    _ alter: (inout O) -> Void = { _ in }
  ) {
    var altered = operation
    alter(&altered)
    all.append(Alternative(cause, remedy: remedy, operation: altered, inputs: inputs))
  }

  /// Adds another reading of one input.
  mutating func add(
    _ cause: String, remedy: String, input index: Int, as read: @escaping @Sendable (Tensor) -> Tensor
  ) {
    add(cause, remedy: remedy, inputs: { $0[index] = $0[index].map(read) })
  }

  mutating func append(_ alternative: Alternative) { all.append(alternative) }
}
