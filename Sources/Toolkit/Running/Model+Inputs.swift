internal import Bytes
internal import Engine
package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension Model {
  /// Inputs that a run needs the caller to feed, in the order of their declaration; labels of training are none.
  package var requiredInputs: [Graph.ValueID] {
    let needed = Set(graph.needed(for: graph.outputs).variables)
    return inputs.filter { needed.contains($0) && !labels.contains($0) }
  }

  /// Variables that training alone looks at.
  private var labels: Set<Graph.ValueID> {
    var labels: Set<Graph.ValueID> = []
    var others: Set<Graph.ValueID> = []
    for node in graph.nodes {
      let names = (node.operation as? any Operator)?.inputs ?? []
      for (place, input) in node.inputs.enumerated() {
        guard let input else { continue }
        let isLabel = names.indices.contains(place) && names[place].role == .label
        if isLabel { labels.insert(input) } else { others.insert(input) }
      }
    }
    return labels.subtracting(others)
  }

  /// The inputs by value, in the types that the graph declares; zeros for labels that nobody gives.
  ///
  /// - Throws: `ToolkitError` that names each input which is missing, with the shape that is expected, or unknown.
  func fed(
    _ named: OrderedDictionary<String, Tensor>, for wanted: [Graph.ValueID]
  ) throws -> [Graph.ValueID: Tensor] {
    var fed: [Graph.ValueID: Tensor] = [:]
    for (name, tensor) in named {
      guard let id = inputs.first(where: { graph[$0].name == name }) else {
        let names = inputs.map { graph[$0].name }.joined(separator: ", ")
        throw ToolkitError(.request, "no input '\(name)': the model's inputs are \(names)")
      }
      fed[id] = tensor.fitted(to: graph[id].declaredType.elementType)
    }
    let needed = graph.needed(for: wanted).variables.filter { graph[$0].tensor == nil }
    let absent = needed.filter { fed[$0] == nil }
    guard !absent.isEmpty else { return fed }
    let inference = try GraphInference(self, given: fed.mapValues { ValueType($0) })
    var missing: [String] = []
    for id in absent {
      let type = inference[id]
      if labels.contains(id), let shape = type.shape.complete {
        fed[id] = Tensor(type.elementType ?? .float32, shape) { _ in }
      } else {
        missing.append(
          "'\(graph[id].name)' (\((type.elementType ?? .float32).rawValue) \(type.shape))")
      }
    }
    guard missing.isEmpty else {
      throw ToolkitError(.request, "no value for input \(missing.joined(separator: ", "))")
    }
    return fed
  }
}

extension Tensor {
  /// The elements in the type that an input declares: any floating-point type will do for another, and whole
  /// numbers for either; floating-point is what is wanted where nothing is declared.
  fileprivate func fitted(to declared: ElementType?) -> Tensor {
    let wanted = declared ?? (elementType.isFloatingPoint ? elementType : .float32)
    guard wanted != elementType, wanted.isFloatingPoint, !elementType.isOpaque else { return self }
    switch wanted {
    case .float64: return Tensor(converted(to: Double.self), shape: shape)
    default: return Tensor(converted(to: Float.self), shape: shape)
    }
  }
}
