internal import Graphs
internal import Operators
internal import OrderedCollections

typealias ValueID = Graph.ValueID

/// A square window that slides over a map; by default it is padded so that the map keeps its size.
struct Window {
  let kernel: Int
  let stride: Int
  let dilation: Int
  let pad: Int

  init(_ kernel: Int, stride: Int = 1, dilation: Int = 1, pad: Int? = nil) {
    (self.kernel, self.stride, self.dilation) = (kernel, stride, dilation)
    self.pad = pad ?? dilation * (kernel - 1) / 2
  }

  var geometry: ConvolutionGeometry {
    ConvolutionGeometry(
      kernel: [kernel, kernel], stride: [stride, stride], dilation: [dilation, dilation],
      padBegin: [pad, pad], padEnd: [pad, pad])
  }
}

/// A graph that was built, and which of its tensors show which of its sizes.
struct BuiltNetwork {
  let graph: Graph
  let evidence: [NetworkBuilder.Evidence]
}

/// Writes a network down node by node, in the words of its papers.
///
/// Values are called as MXNet calls them; a layer's weights become variables of their own, bound to the tensors
/// of a checkpoint by their names.
struct NetworkBuilder {
  /// A parameter whose first dimension is this count.
  typealias Evidence = (parameter: String, filters: FilterCount)

  let parameters: NetworkParameters
  private var graph = Graph()
  private var variables: [String: ValueID] = [:]
  private var nodes: [String: ValueID] = [:]
  private var evidence: [Evidence] = []

  init(_ parameters: NetworkParameters) { self.parameters = parameters }

  /// The number that a count stands for in this network.
  subscript(filters: FilterCount) -> Int {
    filters.factor * (filters.size.map { parameters[$0] } ?? 1)
  }

  /// The first value of the node of this name.
  ///
  /// - Precondition: there is one.
  func value(ofNode name: String) -> ValueID {
    guard let id = nodes[name] else { preconditionFailure("no node '\(name)'") }
    return id
  }

  /// A graph input that the caller feeds; the same for the same name.
  mutating func input(_ name: String) -> ValueID { variable(name, tensor: nil) }

  /// A variable that holds a layer's parameter; the same for the same name.
  mutating func parameter(_ name: String, _ role: InputName.Role = .parameter) -> ValueID {
    variable(name, tensor: CheckpointName(name, isAuxiliary: role == .auxiliary).spellings[0])
  }

  private mutating func variable(_ name: String, tensor: String?) -> ValueID {
    if let id = variables[name] { return id }
    let id = graph.addVariable(name, tensor: tensor)
    variables[name] = id
    return id
  }

  /// Adds a node; what the operator takes beyond `inputs` are its weights.
  ///
  /// - Parameter weights: what the weights' names begin with, where layers share them; the node's name by default.
  mutating func node(
    _ name: String, _ operation: some Operator, _ inputs: [ValueID], weights: String? = nil
  ) -> ValueID {
    var all = inputs
    for (input, suffix) in zip(operation.inputs, operation.mxnetInputNames).dropFirst(inputs.count) {
      all.append(parameter("\(weights ?? name)_\(suffix)", input.role))
    }
    let names = operation.mxnetOutputSuffixes.map { "\(name)_\($0)" }
    let outputs = graph.addNode(name, operation, inputs: all, outputNames: names)
    if nodes[name] == nil { nodes[name] = outputs[0] }
    return outputs[0]
  }

  /// Notes that these parameters of a layer have this count as their first dimension.
  mutating func note(_ filters: FilterCount, _ parameters: [String], of layer: String) {
    evidence += parameters.map { ("\(layer)_\($0)", filters) }
  }

  /// The graph with these results, its variables and nodes stored in the order in which MXNet numbers them.
  func finish(_ outputs: [ValueID]) -> BuiltNetwork {
    var unordered = graph
    unordered.setOutputs(outputs)
    return BuiltNetwork(graph: unordered.inPostOrder(), evidence: evidence)
  }
}
