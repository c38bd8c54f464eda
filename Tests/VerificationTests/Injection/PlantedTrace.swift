import Graphs
import Operators
import OrderedCollections
import Tensors
import Verification

/// One layer with its inputs, as a producer ran it.
struct PlantedLayer: Sendable {
  let name: String
  let operation: any Operator
  var inputs: [Tensor]

  /// The outputs in fp32, as an honest producer records them.
  func honest() throws -> Tensor { try operation.evaluate(inputs, as: Float.self)[0] }

  /// The report of a trace that holds these numbers, through the verifier that users run.
  ///
  /// - Parameter asWhole: gather how errors spread, too, which is done of whole layers alone.
  func judged(
    _ recorded: Tensor, metadata: [String: String] = [:], asWhole: Bool = false, threads: Int = 1
  ) throws -> LayerReport {
    try verifier([recorded], metadata: metadata, shownLayers: asWhole ? 1 : 0, threads: threads).judge()[0]
  }

  /// The reports of a trace that holds the output's gradient and the inputs'.
  func judgedGradients(_ head: Tensor, _ gradients: [Int: Tensor]) throws -> [LayerReport] {
    var all = ["gradients/layer_output": head]
    for (index, gradient) in gradients { all["gradients/\(operation.inputs[index].name)"] = gradient }
    return try judged([], gradients: all)
  }

  /// The reports of a trace that holds the first outputs.
  func judged(
    _ recorded: [Tensor], metadata: [String: String] = [:], gradients: [String: Tensor] = [:]
  ) throws -> [LayerReport] {
    try verifier(recorded, metadata: metadata, gradients: gradients).judge()
  }

  /// With which computation a trace that holds these numbers agrees.
  func dialect(_ recorded: Tensor) throws -> LayerDialect { try verifier([recorded]).dialects()[0] }

  private func verifier(
    _ recorded: [Tensor], metadata: [String: String] = [:], gradients: [String: Tensor] = [:],
    shownLayers: Int = 0, threads: Int = 1
  ) throws -> TraceVerifier {
    var model = Model(provenance: Provenance())
    var source = MemorySource(metadata: metadata)
    var ids: [Graph.ValueID] = []
    for (input, tensor) in zip(operation.inputs, inputs) {
      if input.role == .data {
        ids.append(model.graph.addVariable(input.name))
        source.tensors["inputs/\(input.name)"] = tensor
      } else {
        model.tensors[input.name] = tensor
        ids.append(model.graph.addVariable(input.name, tensor: input.name))
      }
    }
    source.tensors.merge(gradients) { $1 }
    let names = ["layer_output", "layer_score"].prefix(max(1, recorded.count))
    for (name, tensor) in zip(names, recorded) { source.tensors["activations/\(name)"] = tensor }
    model.graph.setOutputs(
      model.graph.addNode("layer", operation, inputs: ids, outputNames: Array(names)))
    var options = TraceVerifier.Options(threads: Threads(threads))
    options.shownLayers = shownLayers
    options.gradients = !gradients.isEmpty
    return try TraceVerifier(model, against: Trace(source, path: "memory"), options)
  }
}

/// A trace in memory.
struct MemorySource: TensorSource {
  var tensors: [String: Tensor] = [:]
  var metadata: [String: String] = [:]

  init(metadata: [String: String] = [:]) { self.metadata = metadata }

  var names: [String] { tensors.keys.sorted() }
  func header(of name: String) -> (elementType: ElementType, shape: Shape)? {
    tensors[name].map { ($0.elementType, $0.shape) }
  }
  func tensor(named name: String) -> Tensor? { tensors[name] }
}

extension Tensor {
  /// Elements picked by their place: a way of its own to rearrange, apart from what is tested.
  func arranged(_ shape: Shape, _ source: ([Int]) -> [Int]) -> Tensor {
    let elements = converted(to: Float.self)
    return Tensor(
      (0..<shape.count).map { index in
        let place = source(shape.position(of: index))
        return elements[zip(place, self.shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }]
      }, shape: shape)
  }

  func arranged(_ source: ([Int]) -> [Int]) -> Tensor { arranged(shape, source) }

  func map(_ function: (Float) -> Float) -> Tensor {
    Tensor(converted(to: Float.self).map(function), shape: shape)
  }
}
