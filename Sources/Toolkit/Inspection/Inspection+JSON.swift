package import Bytes
internal import Graphs
internal import OrderedCollections
package import Tensors

extension Inspection {
  /// The document `dcnconv-inspect/1` (Schemas/inspect.md).
  ///
  /// - Parameters:
  ///   - tensors: one object for each tensor, with its digest; nil leaves the list empty.
  ///   - withNodes: list every node.
  package func json(tensors: [JSONValue]?, withNodes: Bool) -> JSONValue {
    var document: JSONObject = [
      "schema": "dcnconv-inspect/1",
      "network": model.network.map { .text($0.name) } ?? .null,
      "parameters": .integer(parameterCount),
      "operators": .object(JSONObject(operatorCounts.map { ($0.name, .integer($0.count)) })),
      "inputs": .list(inputs.map(json)),
      "outputs": .list(outputs.map(json)),
      "tensors": .list(tensors ?? []),
      "nodes": .list(withNodes ? nodes.map(json) : []),
    ]
    document["unknownOperators"] = .list(unknownOperatorNames.map { .text($0) })
    document["provenance"] = provenance
    return .object(document)
  }

  /// Names of operators that cannot be run, each once.
  package var unknownOperatorNames: [String] {
    Set(unknownNodes.map { $0.node.operation.name }).sorted()
  }

  private func json(_ value: ValueEntry) -> JSONValue {
    [
      "name": .text(value.name),
      "dtype": value.type.elementType.map { .text($0.rawValue) } ?? .null,
      "shape": value.type.shape.json,
    ]
  }

  private func json(_ entry: NodeEntry) -> JSONValue {
    let node = entry.node
    return [
      "index": .integer(entry.index),
      "name": .text(node.name),
      "operator": .text(node.operation.name),
      "attributes": node.operation.attributes.json,
      "source": node.source.map { ["op": .text($0.op), "attributes": $0.attributes.json] } ?? .null,
      "inputs": .list(entry.inputs.map { $0.map { .text($0) } ?? .null }),
      "outputs": .list(entry.outputs.map(json)),
    ]
  }

  private var provenance: JSONValue {
    let provenance = model.provenance
    return [
      "framework": provenance.framework.map { .text($0) } ?? .null,
      "sources": .list(
        provenance.sources.map {
          [
            "name": .text($0.name), "bytes": .integer($0.byteCount), "sha256": .text($0.sha256),
            "format": .text($0.format),
          ]
        }),
      "replacements": .list(
        provenance.replacements.map {
          [
            "tensor": .text($0.tensor), "sha256": .text($0.sha256), "by": .text($0.by),
            "rule": .text($0.rule),
          ]
        }),
      "metadata": .object(
        JSONObject(provenance.metadata.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })),
    ]
  }
}

extension PartialShape {
  /// Dimensions with null where unknown; null where even their count is.
  package var json: JSONValue {
    dimensions.map { .list($0.map { $0.map { .integer($0) } ?? .null }) } ?? .null
  }
}

extension Attributes {
  package var json: JSONValue { .object(JSONObject(map { ($0.key, $0.value.json) })) }
}

extension AttributeValue {
  package var json: JSONValue {
    switch self {
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let value): .text(value)
    case .list(let values): .list(values.map(\.json))
    case .tensor(let name): ["tensor": .text(name)]
    }
  }
}

extension TensorStatistics {
  package var json: JSONValue {
    [
      "min": minimum.map { .number($0) } ?? .null, "max": maximum.map { .number($0) } ?? .null,
      "mean": mean.map { .number($0) } ?? .null, "std": standardDeviation.map { .number($0) } ?? .null,
      "zeros": .integer(zeros), "nan": .integer(nans), "inf": .integer(infinities),
    ]
  }
}
