package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension Model {
  /// The same computation with batch normalisations inside the convolutions before them.
  ///
  /// γ·(w·x + b − μ)/√(σ² + ε) + β = (s·w)·x + (β + s·(b − μ)) with s = γ/√(σ² + ε); s and the products are made
  /// in fp64 and rounded once. A normalisation stays where its convolution's result or weights serve others as well,
  /// or are no fp32 weights of the model. The folded convolution keeps its name, its result that of the
  /// normalisation's; values have the names of this model's traces.
  package func foldingBatchNorms() -> Model {
    let uses = Uses(graph)
    let names = graph.traceNames
    func name(_ id: Graph.ValueID) -> String { names[id] ?? graph[id].name }
    var folded = self
    folded.graph = Graph()
    var place: [Graph.ValueID: Graph.ValueID] = [:]
    for id in graph.variables {
      place[id] = folded.graph.addVariable(
        name(id), tensor: graph[id].tensor, type: graph[id].declaredType)
    }
    var gone: Set<Int> = []
    for (index, node) in graph.nodes.enumerated() where !gone.contains(index) {
      if let fold = BatchNormFold(index, of: self, uses) {
        gone.insert(fold.norm)
        let inputs = fold.apply(to: &folded) { $0.flatMap { place[$0] } }
        let result = graph.nodes[fold.norm].outputs[0]
        let outputs = folded.graph.addNode(
          node.name, fold.operation, inputs: inputs, outputNames: [name(result)], source: node.source)
        folded.graph.declare(outputs[0], graph[result].declaredType)
        place[result] = outputs[0]
        continue
      }
      let outputs = folded.graph.addNode(
        node.name, node.operation, inputs: node.inputs.map { $0.flatMap { place[$0] } },
        outputNames: node.outputs.map(name), source: node.source)
      for (old, new) in zip(node.outputs, outputs) {
        place[old] = new
        folded.graph.declare(new, graph[old].declaredType)
      }
    }
    folded.graph.setOutputs(graph.outputs.compactMap { place[$0] })
    folded.graph = folded.graph.inPostOrder()
    return folded
  }
}

/// Which nodes take each value.
private struct Uses {
  private var nodes: [Graph.ValueID: [Int]] = [:]
  private let outputs: Set<Graph.ValueID>

  init(_ graph: Graph) {
    outputs = Set(graph.outputs)
    for (index, node) in graph.nodes.enumerated() {
      for case let input? in node.inputs { nodes[input, default: []].append(index) }
    }
  }

  /// The one node that takes a value; nil where several do, or none, or the graph gives it out.
  func single(_ id: Graph.ValueID) -> Int? {
    guard !outputs.contains(id), let users = nodes[id], users.count == 1 else { return nil }
    return users[0]
  }
}

/// A convolution whose result goes into a normalisation alone.
private struct BatchNormFold {
  /// The normalisation's place among the nodes.
  let norm: Int
  let operation: any Operator
  private let node: Node
  private let weightPlace: Int
  private let weight: (tensor: String, value: Tensor)
  /// Nil where the convolution has none.
  private let bias: String?
  private let biasPlace: Int
  private let newWeight: Tensor
  private let newBias: Tensor

  init?(_ index: Int, of model: Model, _ uses: Uses) {
    let graph = model.graph
    let node = graph.nodes[index]
    self.node = node
    guard let output = node.outputs.first, node.outputs.count == 1, let user = uses.single(output),
      let norm = graph.nodes[user].operation as? BatchNorm, norm.axis == 1,
      graph.nodes[user].inputs.first == output
    else { return nil }
    self.norm = user
    switch node.operation {
    case var convolution as Convolution:
      (weightPlace, biasPlace) = (1, 2)
      convolution.hasBias = true
      operation = convolution
    case var convolution as DeformableConvolution:
      weightPlace = convolution.weightIndex
      biasPlace = convolution.weightIndex + 1
      convolution.hasBias = true
      operation = convolution
    default: return nil
    }
    func weights(_ id: Graph.ValueID?) -> (tensor: String, value: Tensor)? {
      guard let id, let name = graph[id].tensor, let value = model.tensors[name],
        value.elementType == .float32
      else { return nil }
      return (name, value)
    }
    func own(_ place: Int) -> (tensor: String, value: Tensor)? {
      guard let id = node.inputs[place], uses.single(id) == index else { return nil }
      return weights(id)
    }
    guard let weight = own(weightPlace), let filters = weight.value.shape.dimensions.first, filters > 0
    else { return nil }
    self.weight = weight
    let statistics = graph.nodes[user].inputs.dropFirst().compactMap { weights($0)?.value }
    guard statistics.count == 4, statistics.allSatisfy({ $0.shape.count == filters }) else { return nil }
    var old = Array(repeating: 0.0, count: filters)
    if node.inputs.count > biasPlace {
      guard let bias = own(biasPlace), bias.value.shape.count == filters else { return nil }
      self.bias = bias.tensor
      old = bias.value.converted(to: Double.self)
    } else {
      bias = nil
    }
    let numbers = statistics.map { $0.converted(to: Double.self) }
    let scales = (0..<filters).map {
      (norm.fixGamma ? 1 : numbers[0][$0]) / (numbers[3][$0] + norm.epsilon).squareRoot()
    }
    newBias = Tensor(
      (0..<filters).map { Float(numbers[1][$0] + scales[$0] * (old[$0] - numbers[2][$0])) }, shape: [filters])
    let length = weight.value.shape.count / filters
    let elements = weight.value.converted(to: Float.self)
    newWeight = Tensor(
      elements.indices.map { Float(scales[$0 / length] * Double(elements[$0])) }, shape: weight.value.shape)
  }

  /// Puts the new weights into the model, and gives the convolution's inputs there.
  func apply(
    to model: inout Model, _ place: (Graph.ValueID?) -> Graph.ValueID?
  ) -> [Graph.ValueID?] {
    model.tensors[weight.tensor] = newWeight
    var inputs = node.inputs.prefix(biasPlace).map(place)
    if let bias {
      model.tensors[bias] = newBias
      return inputs + [place(node.inputs[biasPlace])]
    }
    var name = node.name + "_bias"
    while model.tensors[name] != nil { name += "_" }
    model.tensors[name] = newBias
    inputs.append(model.graph.addVariable(name, tensor: name, type: ValueType(newBias)))
    return inputs
  }
}
