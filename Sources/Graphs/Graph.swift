/// A computation: variables, nodes in an order in which they can run, and the values that are its result.
package struct Graph: Sendable {
  /// A value's place in `values`.
  package struct ValueID: Hashable, Sendable, Comparable {
    package let index: Int
    package init(index: Int) { self.index = index }
    package static func < (a: Self, b: Self) -> Bool { a.index < b.index }
  }

  package private(set) var values: [Value] = []
  package private(set) var nodes: [Node] = []
  /// The graph's result, in its framework's order. MXNet calls them heads.
  package private(set) var outputs: [ValueID] = []

  package init() {}

  package subscript(id: ValueID) -> Value { values[id.index] }

  /// Variables in the order of their declaration: the graph's inputs and its weights.
  package var variables: [ValueID] {
    values.indices.lazy.filter { values[$0].producer == nil }.map(ValueID.init)
  }

  /// Adds a value that nothing in the graph computes.
  ///
  /// - Parameter tensor: the name of the model's tensor that holds it; nil for an input.
  @discardableResult
  package mutating func addVariable(
    _ name: String, tensor: String? = nil, type: ValueType = .unknown
  ) -> ValueID {
    values.append(Value(name: name, tensor: tensor, producer: nil, declaredType: type))
    return ValueID(index: values.count - 1)
  }

  /// Adds a node behind those whose values it takes, and returns its values.
  ///
  /// - Parameters:
  ///   - inputs: nil where an optional input is left out.
  ///   - outputNames: the framework's own name of each output.
  /// - Precondition: every input is already in the graph.
  @discardableResult
  package mutating func addNode(
    _ name: String, _ operation: any Operation, inputs: [ValueID?], outputNames: [String],
    source: SourceSpelling? = nil
  ) -> [ValueID] {
    for case let input? in inputs {
      precondition(values.indices.contains(input.index), "node '\(name)': no value \(input.index)")
    }
    let first = values.count
    for (index, outputName) in outputNames.enumerated() {
      let producer = Producer(node: nodes.count, output: index)
      values.append(Value(name: outputName, tensor: nil, producer: producer, declaredType: .unknown))
    }
    let outputs = (first..<values.count).map(ValueID.init)
    nodes.append(Node(name: name, operation: operation, inputs: inputs, outputs: outputs, source: source))
    return outputs
  }

  /// Puts another operator in a node's place; its outputs stay the same values.
  ///
  /// - Precondition: the inputs are values that come before the node.
  package mutating func replaceNode(
    _ index: Int, with operation: any Operation, inputs: [ValueID?]
  ) {
    let node = nodes[index]
    for case let input? in inputs {
      precondition(
        values.indices.contains(input.index) && (values[input.index].producer?.node ?? -1) < index,
        "node '\(node.name)': value \(input.index) does not come before it")
    }
    nodes[index] = Node(
      name: node.name, operation: operation, inputs: inputs, outputs: node.outputs, source: node.source)
  }

  /// - Precondition: the values are in the graph.
  package mutating func setOutputs(_ ids: [ValueID]) {
    for id in ids { precondition(values.indices.contains(id.index), "no value \(id.index)") }
    outputs = ids
  }

  /// Binds a variable to one of the model's tensors, or makes it an input again.
  ///
  /// - Precondition: no node computes the value.
  package mutating func bind(_ id: ValueID, toTensor name: String?) {
    precondition(values[id.index].producer == nil, "'\(values[id.index].name)' is computed")
    values[id.index].tensor = name
  }

  /// Says what its file declares of a value's type.
  package mutating func declare(_ id: ValueID, _ type: ValueType) { values[id.index].declaredType = type }
}

/// A tensor that flows through the graph.
package struct Value: Sendable {
  /// The framework's own name (MXNet `conv1_output`, ONNX's tensor name); names are not unique.
  package let name: String
  /// The model's tensor that a variable is bound to; nil for a graph input and for computed values.
  package fileprivate(set) var tensor: String?
  /// The node that computes it; nil for a variable.
  package let producer: Producer?
  /// What the file says of its type.
  package fileprivate(set) var declaredType: ValueType
}

/// Which output of which node a value is.
package struct Producer: Hashable, Sendable {
  package let node: Int
  package let output: Int
}

/// One step of a graph.
package struct Node: Sendable {
  /// The framework's name; not unique: two nodes of the released R-FCN graphs are called `bbox_pred_reshape`.
  package let name: String
  package let operation: any Operation
  /// Nil where an optional input is left out.
  package let inputs: [Graph.ValueID?]
  package let outputs: [Graph.ValueID]
  /// How the file said it; nil for a node that was built, not read.
  package let source: SourceSpelling?
}

/// A node as its file spelled it.
package struct SourceSpelling: Hashable, Sendable {
  /// The operator's name, with its domain before `::` where that is not the format's own.
  package let op: String
  package let attributes: Attributes

  package init(op: String, attributes: Attributes) {
    self.op = op
    self.attributes = attributes
  }
}
