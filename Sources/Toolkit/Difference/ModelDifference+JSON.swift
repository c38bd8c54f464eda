package import Bytes
internal import Graphs
internal import Tensors

extension ModelDifference {
  /// The document `dcnconv-diff/1` (Schemas/diff.md).
  ///
  /// - Parameter paths: of the two models.
  package func json(paths: (first: String, second: String)) -> JSONValue {
    [
      "schema": "dcnconv-diff/1",
      "a": .text(paths.first),
      "b": .text(paths.second),
      "same": .boolean(isEmpty),
      "lacksGraph": lacksGraph.map { .text($0.rawValue) } ?? .null,
      "graph": graph?.json ?? .null,
      "tensors": tensors.json,
    ]
  }
}

extension GraphDifference {
  fileprivate var json: JSONValue {
    [
      "same": .integer(sameCount),
      "added": .list(added.map(\.json)),
      "removed": .list(removed.map(\.json)),
      "changed": .list(changed.map(\.json)),
      "inputs": inputs?.json { .list($0.map { .text($0) }) } ?? .null,
      "outputs": outputs?.json { .list($0.map { .text($0) }) } ?? .null,
    ]
  }
}

extension GraphDifference.Change {
  fileprivate func json(_ content: (Content) -> JSONValue) -> JSONValue {
    ["a": content(first), "b": content(second)]
  }
}

extension GraphDifference.NodeChange {
  fileprivate var json: JSONValue {
    [
      "name": .text(name),
      "operator": operation?.json { .text($0) } ?? .null,
      "attributes": .object(
        JSONObject(attributes.map { ($0.name, $0.values.json { $0?.json ?? .null }) })),
      "inputs": inputs?.json { .list($0.map { $0.map { .text($0) } ?? .null }) } ?? .null,
    ]
  }
}

extension Node {
  fileprivate var json: JSONValue { ["name": .text(name), "operator": .text(operation.name)] }
}

extension TensorsDifference {
  fileprivate var json: JSONValue {
    [
      "same": .integer(sameCount),
      "added": .list(added.map { .text($0) }),
      "removed": .list(removed.map { .text($0) }),
      "renamed": .list(renamed.map { ["a": .text($0.first), "b": .text($0.second)] }),
      "changed": .list(changed.map(\.json)),
    ]
  }
}

extension TensorChange {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "name": .text(name), "kind": .text(kind.name),
      "a": form(types.first, shapes.first), "b": form(types.second, shapes.second),
    ]
    if case .values(let deviation) = kind {
      object["deviation"] = [
        "elements": .integer(deviation.count), "max": .number(deviation.maximum),
        "mean": .number(deviation.mean),
        "relative": deviation.relative.map { .number($0) } ?? .null,
        "position": .list(deviation.position.map { .integer($0) }),
        "first": .number(deviation.first), "second": .number(deviation.second),
      ]
    }
    return .object(object)
  }

  private func form(_ type: ElementType, _ shape: Shape) -> JSONValue {
    ["dtype": .text(type.rawValue), "shape": .list(shape.dimensions.map { .integer($0) })]
  }
}

extension TensorChange.Kind {
  /// As it is called in JSON.
  fileprivate var name: String {
    switch self {
    case .cast: "cast"
    case .shape: "shape"
    case .values: "values"
    case .bits: "bits"
    }
  }
}
