package import Graphs
package import Operators

/// An operator that ONNX lacks or that it spells in several nodes.
package protocol ONNXLowering: Operator {
  /// Whether nothing in ONNX is this operator, so that its compact form is one node of our own domain.
  var isBeyondONNX: Bool { get }

  /// Composes the node of operators that the target has.
  ///
  /// - Returns: what stands for each of the node's outputs; nil where the operator needs no rewriting.
  /// - Throws: `OperatorError` where no such composition exists, or needs a shape that is not known.
  func lower(_ node: LoweredNode, in composer: inout ONNXComposer) throws(OperatorError) -> [Wire]?
}

extension ONNXLowering {
  package var isBeyondONNX: Bool { false }
}

/// A node that is being lowered.
package struct LoweredNode: Sendable {
  package let target: ONNXTarget
  private let inputs: [Wire?]
  private let types: [ValueType]
  private let names: [InputName]

  init(target: ONNXTarget, inputs: [Wire?], types: [ValueType], names: [InputName]) {
    self.target = target
    self.inputs = inputs
    self.types = types
    self.names = names
  }

  /// An input that must be there; the shape rules have passed before.
  package func input(_ index: Int) -> Wire {
    guard index < inputs.count, let wire = inputs[index] else { preconditionFailure("no input \(index)") }
    return wire
  }

  /// What is known of an input's shape.
  package func shape(_ index: Int) -> PartialShape {
    types.indices.contains(index) ? types[index].shape : .unknown
  }

  /// - Throws: `OperatorError` where nobody knows the count of an input's dimensions.
  package func rank(_ index: Int) throws(OperatorError) -> Int {
    guard let rank = shape(index).rank else {
      throw .input(
        names[index].name, found: "an unknown number of dimensions", expected: "a known one: give its shape")
    }
    return rank
  }

  /// - Throws: `OperatorError` where nobody knows that dimension.
  package func dimension(_ axis: Int, of index: Int) throws(OperatorError) -> Int {
    guard let size = shape(index)[axis] else {
      throw .input(
        names[index].name, found: "shape \(shape(index))",
        expected: "a known dimension \(axis): give the inputs' shapes")
    }
    return size
  }

  /// - Throws: `OperatorError` where an input is known to hold several images.
  package func requireOneImage(_ index: Int) throws(OperatorError) {
    guard let images = shape(index)[0], images != 1 else { return }
    throw .input(
      names[index].name, found: "a batch of \(images)", expected: "one image, as exported graphs take")
  }
}
