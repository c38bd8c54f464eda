package import Graphs
package import Operators
internal import OrderedCollections
internal import Tensors

extension Model {
  /// The same computation in operators that ONNX and the target have.
  ///
  /// Each value of the graph that is still there has its name of the source's traces, so that a trace of the written
  /// file can be judged by this model, and its type, as far as that is known. Batches are of one image. Inputs that
  /// only training reads are gone.
  ///
  /// - Parameters:
  ///   - given: types of the inputs, where a rewriting needs one.
  ///   - keepsCustom: what nothing in ONNX is stays as it is.
  /// - Throws: `NodeError` where a shape rule refuses, or a node cannot be composed of the target's operators.
  package func lowered(
    for target: ONNXTarget, given: [Graph.ValueID: ValueType] = [:], keepsCustom: Bool = false
  ) throws(NodeError) -> Model {
    let inference = try GraphInference(self, given: given)
    let graph = inference.graph
    let names = graph.traceNames
    func name(_ id: Graph.ValueID) -> String { names[id] ?? graph[id].name }
    // What nobody says otherwise of is fp32, as in every released network; raw nodes give anything.
    func type(_ id: Graph.ValueID) -> ValueType {
      let producer = graph[id].producer.map { graph.nodes[$0.node].operation }
      let isRaw = producer.map { $0 is Deferred || !($0 is any Operator) } ?? false
      return ValueType(inference[id].elementType ?? (isRaw ? nil : .float32), inference[id].shape)
    }
    var composer = ONNXComposer(tensors: tensors, opset: target.opset, reserving: names.values)
    var place: [Graph.ValueID: Graph.ValueID] = [:]
    for id in graph.variables {
      place[id] = composer.addVariable(name(id), tensor: graph[id].tensor, type: type(id))
    }
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.map { $0.flatMap { place[$0] } }
      let outputNames = node.outputs.map(name)
      composer.begin(node.outputs.first.map { derivedName(of: node, output: name($0)) } ?? node.name)
      var outputs: [Graph.ValueID]?
      do throws(OperatorError) {
        if let operation = node.operation as? any ONNXLowering, !(keepsCustom && operation.isBeyondONNX) {
          let lowered = LoweredNode(
            target: target, inputs: inputs.map { $0.map(ONNXComposer.wire) },
            types: node.inputs.map { $0.map { inference[$0] } ?? .unknown }, names: operation.inputs)
          if let results = try operation.lower(lowered, in: &composer) {
            outputs = composer.finish(results, outputNames: outputNames)
          }
        }
      } catch {
        throw NodeError(node: index, of: graph, error)
      }
      let ids = outputs ?? composer.addNode(node, inputs: inputs, outputNames: outputNames)
      for (old, new) in zip(node.outputs, ids) {
        place[old] = new
        composer.declare(new, type(old))
      }
    }
    composer.setOutputs(graph.outputs.compactMap { place[$0] })
    var lowered = self
    lowered.graph = composer.graph.inPostOrder()
    lowered.tensors = composer.tensors
    return lowered
  }
}

/// What the values inside of a node are named after: the node, or where names repeat its numbered output.
private func derivedName(of node: Node, output: String) -> String {
  output.contains("@") ? output : node.name
}
