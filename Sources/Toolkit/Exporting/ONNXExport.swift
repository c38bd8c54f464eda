internal import Bytes
package import Formats
package import Graphs
internal import Operators
internal import OrderedCollections
package import Rewrites
internal import Tensors

/// What is written of a model as ONNX, and for whom.
package struct ONNXExport: Sendable {
  package var target: ONNXTarget
  package var options: ONNXOptions
  /// Batch normalisations go into the convolutions before them.
  package var foldsBatchNorms: Bool
  /// The network's detections are further outputs (`Model.detectionNames`).
  package var addsDetections: Bool
  /// Shapes of inputs, by name, beyond what is known of the network.
  package var shapes: [(name: String, shape: PartialShape)]
  /// The program's version, which the file names.
  package var producerVersion: String

  package init(
    target: ONNXTarget = .onnxruntime, options: ONNXOptions = ONNXOptions(), foldsBatchNorms: Bool = false,
    addsDetections: Bool = false, shapes: [(name: String, shape: PartialShape)] = [],
    producerVersion: String = ""
  ) {
    self.target = target
    self.options = options
    self.foldsBatchNorms = foldsBatchNorms
    self.addsDetections = addsDetections
    self.shapes = shapes
    self.producerVersion = producerVersion
  }

  /// What will be written; every value of the model that is still there bears the name of its traces.
  ///
  /// A model from ONNX keeps its operator sets, its order and what it says of itself, where its nodes can be written
  /// so; else it is lowered to the target's operators as those of other formats are.
  ///
  /// - Throws: `FormatError` and `NodeError` that name the nodes which the target cannot say; `ToolkitError` where
  ///   there is no such input, or no graph.
  package func writer(for source: Model, path: String) throws -> ONNXWriter {
    guard !source.graph.nodes.isEmpty else {
      throw ToolkitError(.content, "the model has no graph: it is weights alone (see --architecture)")
    }
    var model = foldsBatchNorms ? source.foldingBatchNorms() : source
    model.recipe = source.recipe.map { $0.named(as: source.graph) }
    let given = try given(model)
    var description = ONNXDescription(model, producerVersion: producerVersion)
    if model.provenance.isONNX {
      description = ONNXDescription(model.provenance)
      if !addsDetections,
        let writer = try? ONNXWriter(model.declaring(given), description, options, path: path)
      {
        return writer
      }
      description.operatorSets = [:]
    }
    // Compact nodes are of the same operator sets as the others.
    description.operatorSets[""] = target.opset
    // Samples are taken by GridSample then, whose positions are shares of the map.
    if target == .portable { description.metadata.append(("dcnconv.coordinates", "normalized")) }
    let typed = try model.inferred(given)
    let lowered = try typed.lowered(for: target, given: given, keepsCustom: options.keepsCustom)
    return try ONNXWriter(withDetections(lowered), description, options, path: path)
  }

  /// - Throws: `ToolkitError` where nothing is known of how the network's result is read.
  private func withDetections(_ model: Model) throws -> Model {
    guard addsDetections else { return model }
    guard let recipe = model.recipe else {
      throw ToolkitError(.request, "the network is not recognised: nobody knows how its detections are read")
    }
    do { return try model.addingDetections(recipe, opset: target.opset) } catch {
      throw ToolkitError(.request, "detections cannot be written: \(error)")
    }
  }

  /// The inputs' types that are known of the network, or were given.
  private func given(_ model: Model) throws -> [Graph.ValueID: ValueType] {
    var given = model.recipe.map { model.types(by: $0.input) } ?? [:]
    for (name, shape) in shapes {
      guard let id = model.inputs.first(where: { model.graph[$0].name == name }) else {
        let names = model.inputs.map { model.graph[$0].name }.joined(separator: ", ")
        throw ToolkitError(.request, "no input '\(name)': the model's inputs are \(names)")
      }
      given[id] = ValueType(model.graph[id].declaredType.elementType ?? .float32, shape)
    }
    return given
  }
}

extension Model {
  /// A picture of any size, what is said of it, and any number of regions.
  fileprivate func types(by recipe: NetworkRecipe.ImageInput) -> [Graph.ValueID: ValueType] {
    var types: [Graph.ValueID: ValueType] = [:]
    for id in inputs where graph[id].declaredType.shape.rank == nil {
      switch graph[id].name {
      case recipe.image: types[id] = ValueType(.float32, PartialShape([1, 3, nil, nil]))
      case recipe.imageInfo: types[id] = ValueType(.float32, PartialShape([1, 3]))
      case recipe.regions: types[id] = ValueType(.float32, PartialShape([1, nil, 5]))
      default: break
      }
    }
    return types
  }

  fileprivate func declaring(_ types: [Graph.ValueID: ValueType]) -> Model {
    var copy = self
    for (id, type) in types { copy.graph.declare(id, type) }
    return copy
  }

  /// The model with every type declared that follows from the weights and the given inputs.
  ///
  /// - Throws: `NodeError` where a shape rule refuses.
  fileprivate func inferred(_ given: [Graph.ValueID: ValueType]) throws -> Model {
    let inference = try GraphInference(self, given: given)
    var copy = self
    // Weights say themselves what they are.
    for index in graph.values.indices where graph.values[index].tensor == nil {
      let id = Graph.ValueID(index: index)
      let type = inference[id]
      copy.graph.declare(id, ValueType(type.elementType ?? .float32, type.shape))
    }
    return copy
  }
}

extension NetworkRecipe {
  /// The recipe with the names that the graph's outputs have in traces, and so in the written file.
  fileprivate func named(as graph: Graph) -> NetworkRecipe {
    let traceNames = graph.traceNames
    func name(_ name: String) -> String {
      graph.outputs.first { graph[$0].name == name }.flatMap { traceNames[$0] } ?? name
    }
    var recipe = self
    switch output {
    case .segmentation(let scores): recipe.output = .segmentation(scores: name(scores))
    case .detections(var detections):
      detections.rois = name(detections.rois)
      detections.scores = name(detections.scores)
      detections.deltas = name(detections.deltas)
      recipe.output = .detections(detections)
    }
    return recipe
  }
}
