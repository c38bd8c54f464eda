import Engine
import Graphs
import Operators
import OrderedCollections
import Rewrites
import Tensors
import TestSupport

/// A model of one operator, and runs of it before and after it has been lowered.
struct SingleOperator {
  let model: Model
  let inputs: [Graph.ValueID: Tensor]

  /// - Parameter tensors: the inputs in order; those that are learned become weights.
  init(_ operation: any Operator, _ tensors: [Tensor], outputs: Int = 1) {
    var model = Model(provenance: Provenance())
    var inputs: [Graph.ValueID: Tensor] = [:]
    var ids: [Graph.ValueID] = []
    for (name, tensor) in zip(operation.inputs, tensors) {
      let isWeight = name.role == .parameter || name.role == .auxiliary
      let id = model.graph.addVariable(name.name, tensor: isWeight ? "arg:" + name.name : nil)
      if isWeight { model.tensors["arg:" + name.name] = tensor } else { inputs[id] = tensor }
      ids.append(id)
    }
    let names = outputs == 1 ? ["node_output"] : (0..<outputs).map { "node_output\($0)" }
    model.graph.setOutputs(model.graph.addNode("node", operation, inputs: ids, outputNames: names))
    self.model = model
    self.inputs = inputs
  }

  /// What is said of the inputs when the model is lowered: ranks, and a map's channels, but no sizes.
  var openTypes: [Graph.ValueID: ValueType] {
    inputs.mapValues { tensor in
      let isMap = tensor.shape.rank == 4
      let sizes = tensor.shape.dimensions.enumerated().map { isMap && $0.offset < 2 ? $0.element : nil }
      return ValueType(tensor.elementType, PartialShape(sizes))
    }
  }

  func outputs(of model: Model) throws -> [Tensor] {
    let byName = Dictionary(uniqueKeysWithValues: inputs.map { (self.model.graph[$0.key].name, $0.value) })
    var feed: [Graph.ValueID: Tensor] = [:]
    for id in model.inputs { feed[id] = byName[model.graph[id].name] }
    let plan = try Plan<Float>(model, inputs: feed.mapValues { ValueType($0) })
    return try plan.run(feed, in: Workspace(plan))
  }
}

extension SeededGenerator {
  /// Numbers between −scale and scale.
  mutating func tensor(_ shape: Shape, scale: Float = 1) -> Tensor {
    Tensor((0..<shape.count).map { _ in Float.random(in: -scale...scale, using: &self) }, shape: shape)
  }
}
