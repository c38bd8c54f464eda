package import Graphs
package import Operators
internal import OrderedCollections
package import Tensors

/// One run of an operator whose answer has the same bits in every order of summation.
///
/// Inputs are small whole numbers, offsets and corners lie on a grid of eighths, and all partial sums need fewer than
/// 24 bits, so that fp32 rounds nothing: what differs is another computation.
package struct ProbeCase: Sendable {
  /// A word of letters, digits and `_`.
  package let name: String
  package let operation: any Operator
  /// In the operator's order.
  package let inputs: [Tensor]
  /// Cases of one name here are run as one model.
  package let model: String
  /// What it looks at.
  package let about: String

  init(_ name: String, _ operation: any Operator, _ inputs: [Tensor], about: String, model: String? = nil) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.model = model ?? name
    self.about = about
  }

  /// The name of an input's array: `v1_zero.offset`.
  package func arrayName(_ index: Int) -> String { name + "." + operation.inputs[index].name }
}

/// Cases with what cannot be asked of a framework.
package struct Probe: Sendable {
  package var cases: [ProbeCase] = []
  /// What was left out, and why.
  package var gaps: [(name: String, reason: String)] = []

  package init() {}

  /// The cases as a graph: a node and a value for each, called after it. Learned inputs are tensors of the model.
  package static func graph(of cases: [ProbeCase]) -> Model {
    var model = Model(provenance: Provenance())
    var outputs: [Graph.ValueID] = []
    for one in cases {
      let inputs = one.inputs.indices.map { index in
        let name = one.arrayName(index)
        guard one.operation.inputs[index].role != .data else { return model.graph.addVariable(name) }
        model.tensors["arg:" + name] = one.inputs[index]
        return model.graph.addVariable(name, tensor: "arg:" + name)
      }
      outputs += model.graph.addNode(one.name, one.operation, inputs: inputs, outputNames: [one.name])
    }
    model.graph.setOutputs(outputs)
    return model
  }
}

extension ProbeCase {
  /// What the case's answer is as declared and under each alternative that gives another one.
  package var expectedAnswers: [(name: String, cause: String?, tensor: Tensor)] {
    guard let declared = try? operation.evaluate(inputs, as: Double.self).first?.single else {
      return []
    }
    var answers: [(name: String, cause: String?, tensor: Tensor)] = [(name + "/declared", nil, declared)]
    let list = (operation as? any DeclaresAlternatives)?.alternatives(inputs) ?? []
    for alternative in list {
      var altered: [Tensor?] = inputs
      alternative.inputs(&altered)
      guard let tensor = try? alternative.operation.evaluate(altered, as: Double.self).first?.single,
        tensor.shape != declared.shape
          || tensor.converted(to: Float.self) != declared.converted(to: Float.self)
      else { continue }
      answers.append(("\(name)/\(answers.count)", alternative.cause, tensor))
    }
    return answers
  }
}

extension Tensor {
  /// The elements rounded to fp32.
  fileprivate var single: Tensor { Tensor(converted(to: Float.self), shape: shape) }
}
