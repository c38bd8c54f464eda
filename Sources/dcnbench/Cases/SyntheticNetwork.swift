internal import Architectures
internal import Bytes
internal import Formats
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// A released network at its full width with weights that nobody trained, of sizes that keep activations finite.
struct SyntheticNetwork {
  let graph: Graph
  private let tensors: OrderedDictionary<String, Tensor>
  /// What the inputs are.
  private let given: [Graph.ValueID: ValueType]

  /// - Parameters:
  ///   - name: the released network's.
  ///   - height: the picture's, in pixels, as `width`.
  init(_ name: String, height: Int, width: Int) throws {
    guard let network = ReleasedNetwork(named: name) else { preconditionFailure("no network '\(name)'") }
    graph = network.graph()
    var given: [Graph.ValueID: ValueType] = [:]
    for id in graph.variables {
      switch graph[id].name {
      case "data": given[id] = ValueType(.float32, PartialShape([1, 3, height, width]))
      case "im_info": given[id] = ValueType(.float32, PartialShape([1, 3]))
      default: break
      }
    }
    self.given = given
    let types = try GraphInference(graph, given: given)
    var numbers = UniformNumbers()
    var tensors: OrderedDictionary<String, Tensor> = [:]
    for id in graph.variables where given[id] == nil {
      guard let shape = types[id].shape.complete else { continue }
      let name = graph[id].name
      let isAuxiliary = name.hasSuffix("_moving_mean") || name.hasSuffix("_moving_var")
      tensors[(isAuxiliary ? "aux:" : "arg:") + name] = Self.weights(of: name, shape, from: &numbers)
    }
    self.tensors = tensors
  }

  /// Scales as at the start of a training (He et al., arXiv:1502.01852, eq. 14), with residual branches damped and
  /// offsets of a few pixels.
  private static func weights(of name: String, _ shape: Shape, from numbers: inout UniformNumbers) -> Tensor {
    let fanIn = max(1, shape.dimensions.dropFirst().reduce(1, *))
    var range: ClosedRange<Float>
    switch name {
    case _ where name.hasSuffix("_moving_var"): range = 1...1
    case _ where name.hasSuffix("_gamma"): range = name.contains("branch2c") ? 0.25...0.25 : 1...1
    case _ where name.hasSuffix("_weight"):
      let bound = (6 / Float(fanIn)).squareRoot() * (name.contains("_offset") ? 0.3 : 1)
      range = -bound...bound
    default: range = -0.05...0.05
    }
    let memory = Memory(byteCount: 4 * shape.count)
    memory.withMutableBytes { bytes in
      for index in 0..<shape.count {
        bytes.storeBytes(of: numbers.next(in: range), toByteOffset: 4 * index, as: Float.self)
      }
    }
    return Tensor(memory: memory, range: 0..<4 * shape.count, elementType: .float32, shape: shape)
  }

  /// A picture of noise, and what is said of its size.
  static func inputs(height: Int, width: Int) -> OrderedDictionary<String, Tensor> {
    var numbers = UniformNumbers()
    return [
      "data": numbers.tensor([1, 3, height, width], scale: 100),
      "im_info": Tensor([Float(height), Float(width), 1], shape: [1, 3]),
    ]
  }

  /// Ready to run.
  var model: Model {
    var model = Model(graph: graph, tensors: tensors, provenance: Provenance())
    model.bindMXNetWeights()
    return model
  }

  /// Billions of floating-point operations of one run's convolutions and fully connected layers.
  var gigaflop: Double {
    get throws {
      let types = try GraphInference(graph, given: given)
      var operations = 0.0
      for node in graph.nodes {
        guard let operation = node.operation as? any Operator, let output = node.outputs.first,
          let weight = zip(operation.inputs, node.inputs).first(where: { $0.0.name == "weight" })?.1
        else { continue }
        guard let values = types[output].shape.complete?.count, let weights = types[weight].shape.complete,
          let filters = weights.dimensions.first, filters > 0
        else { continue }
        operations += 2 * Double(values) * Double(weights.count / filters)
      }
      return operations * 1e-9
    }
  }

  func write(to path: String) throws {
    let file = try AtomicFile(path: path, durable: false)
    try NDArrayListWriter(tensors, file: path).write(to: file)
    try file.commit()
  }
}
