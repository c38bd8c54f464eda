package import Bytes
internal import Formats
package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// A model read from a file of any format, with what was noticed on the way.
package struct OpenedModel: Sendable {
  package let path: String
  package var model: Model
  /// What a person wants to know of how the model was understood.
  package internal(set) var notes: [String] = []
  /// Tensors that do not fit the network, in sentences.
  package internal(set) var unmatched: [String] = []
  /// Why the network was recognised; nil where the file says it itself.
  var explanation: String?

  init(path: String, model: Model) {
    self.path = path
    self.model = model
  }

  /// The SHA-256 of the file, in hexadecimal: a pack's is that of its header, which names the whole model.
  ///
  /// - Throws: `FormatError` where the file cannot be read again.
  package func fileDigest() throws -> String {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw FormatError(error) }
    if PackFile.recognises(file) { return try PackFile(file).digest.description }
    return Digest(of: file.bytes).description
  }

  /// The type of every value, as far as it follows from the weights and the given inputs, and the model with each
  /// operator that those decide.
  ///
  /// - Parameter shapes: of inputs, by name.
  /// - Throws: `ToolkitError` where there is no such input; `NodeError` where a shape rule refuses.
  package func inferred(
    shapes: [(name: String, shape: PartialShape)] = []
  ) throws -> (model: Model, types: [Graph.ValueID: ValueType]) {
    let graph = model.graph
    var given: [Graph.ValueID: ValueType] = [:]
    for (name, shape) in shapes {
      guard let id = graph.variables.first(where: { graph[$0].name == name }) else {
        let names = model.inputs.map { graph[$0].name }.joined(separator: ", ")
        throw ToolkitError(.request, "no input '\(name)': the model's inputs are \(names)")
      }
      given[id] = ValueType(graph[id].declaredType.elementType ?? .float32, shape)
    }
    let inference = try GraphInference(model, given: given)
    var inferred = model
    inferred.graph = inference.graph
    let types = graph.values.indices.map { index in
      let id = Graph.ValueID(index: index)
      return (id, inference[id])
    }
    return (inferred, Dictionary(uniqueKeysWithValues: types))
  }
}

/// A fault of what was asked of the toolkit.
package struct ToolkitError: Fault, Equatable {
  package let blame: Blame
  package let explanation: String

  package init(_ blame: Blame, _ explanation: String) {
    self.blame = blame
    self.explanation = explanation
  }

  package var description: String { explanation.escapedForDisplay }
}
