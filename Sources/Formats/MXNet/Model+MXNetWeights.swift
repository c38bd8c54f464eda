package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension Model {
  /// Binds the graph's variables to the tensors that MXNet names after them: `arg:NAME`, `aux:NAME`, or bare.
  ///
  /// Where a release brings weights for testing beside those of training, `arg:X_test` beside `arg:X`, they
  /// take the place of `arg:X` (Deformable-ConvNets `lib/utils/load_model.py`, `process=True`), and the
  /// provenance says so; their box regression is denormalised, and without them boxes are five to ten times
  /// too large. Tensors that no variable asks for are kept, variables without a tensor are inputs.
  ///
  /// Call it once more after a graph has been attached to weights that were read alone.
  package mutating func bindMXNetWeights() {
    let auxiliary = graph.auxiliaryVariables
    let variables = Set(graph.variables.map { graph[$0].name })
    for id in graph.variables {
      let name = graph[id].name
      let prefixes = auxiliary.contains(id) ? ["aux:", "arg:", ""] : ["arg:", "aux:", ""]
      let tensor = prefixes.lazy.map { $0 + name }.first { tensors[$0] != nil }
      if !variables.contains(name + "_test"), let trained = tensors["arg:" + name + "_test"] {
        useTestWeights(trained, for: id, insteadOf: tensor)
      } else {
        graph.bind(id, toTensor: tensor)
      }
    }
  }

  private mutating func useTestWeights(
    _ test: Tensor, for id: Graph.ValueID, insteadOf name: String?
  ) {
    let testName = "arg:" + graph[id].name + "_test"
    guard let name, let raw = tensors[name] else {
      // With nothing to replace, the variable simply has this tensor.
      return graph.bind(id, toTensor: testName)
    }
    graph.bind(id, toTensor: name)
    guard raw.elementType == test.elementType, raw.shape == test.shape else {
      warnings.append(
        "'\(testName)' (\(test.elementType) \(test.shape)) does not replace '\(name)' "
          + "(\(raw.elementType) \(raw.shape)): they differ in shape")
      return
    }
    provenance.replacements.append(
      Provenance.Replacement(
        tensor: name, sha256: Digest(of: raw.bytes).description, by: testName, rule: "test-weights"))
    tensors[name] = test
    tensors[testName] = nil
  }
}

extension Graph {
  /// Variables that some operator keeps beside the learned ones: MXNet's auxiliary states.
  var auxiliaryVariables: Set<ValueID> {
    var variables: Set<ValueID> = []
    for node in nodes {
      guard let operation = node.operation as? any Operator else { continue }
      for (input, id) in zip(operation.inputs, node.inputs) {
        if input.role == .auxiliary, let id, self[id].producer == nil { variables.insert(id) }
      }
    }
    return variables
  }
}
