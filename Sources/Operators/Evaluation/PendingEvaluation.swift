package import Tensors

/// An operator whose evaluation is still to be written: it is read, checked and written, and refuses to run.
package protocol PendingEvaluation: Operator {}

extension PendingEvaluation {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    throw OperatorError("operator", found: name, expected: "one that this version evaluates")
  }
}
