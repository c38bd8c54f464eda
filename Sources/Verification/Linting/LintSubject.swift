internal import Bytes
package import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// What rules look at of a model.
package struct LintSubject: Sendable {
  /// A node with what is known of its values.
  struct Entry: Sendable {
    let name: String
    let operation: any Operation
    /// The operator's name in the file, without its domain.
    let op: String
    /// Empty for ONNX's own operators.
    let domain: String
    /// As the file spelled them.
    let attributes: Attributes
    /// Nil where an optional input is left out.
    let inputs: [ValueType?]
    /// Tensors that inputs are bound to.
    let tensors: [Tensor?]

    func shape(_ input: Int) -> PartialShape {
      inputs.indices.contains(input) ? inputs[input]?.shape ?? .unknown : .unknown
    }

    func elementType(_ input: Int) -> ElementType? {
      inputs.indices.contains(input) ? inputs[input]?.elementType ?? nil : nil
    }

    /// Numbers of an attribute as the file has it; empty where it is none.
    func numbers(_ attribute: String) -> [Int] {
      guard case .list(let values)? = attributes[attribute] else { return [] }
      return values.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    }

    func text(_ attribute: String) -> String? {
      if case .text(let text)? = attributes[attribute] { text } else { nil }
    }

    func number(_ attribute: String) -> Double? {
      if case .number(let number)? = attributes[attribute] { number } else { nil }
    }
  }

  /// Whether the model was read from an ONNX file: the consumers read nothing else.
  let isONNX: Bool
  /// ONNX's operator set; nil where the model is none of ONNX.
  let opset: Int?
  let irVersion: Int?
  /// Who wrote the file, as it says itself.
  let producer: String
  let nodes: [Entry]
  /// What a caller feeds, with names.
  let inputs: [(name: String, type: ValueType)]
  /// Operators that the file itself defines, with their domains before `::`.
  let functions: Set<String>

  /// - Parameter types: what is known of each value, from shape inference.
  package init(_ model: Model, types: [Graph.ValueID: ValueType]) {
    let metadata = model.provenance.metadata
    opset = metadata["opset_import[ai.onnx]"].flatMap { Int($0) }
    irVersion = metadata["ir_version"].flatMap { Int($0) }
    isONNX = irVersion != nil
    producer = model.provenance.framework ?? ""
    let graph = model.graph
    func type(_ id: Graph.ValueID) -> ValueType { types[id] ?? graph[id].declaredType }
    inputs = model.inputs.map { (graph[$0].name, type($0)) }
    let mark = "onnx/function "
    functions = Set(model.tensors.keys.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) })
    nodes = graph.nodes.map { node in
      let parts = (node.source?.op ?? "").split(separator: ":", omittingEmptySubsequences: true)
      return Entry(
        name: node.name, operation: node.operation, op: parts.last.map(String.init) ?? "",
        domain: parts.count > 1 ? String(parts[0]) : "", attributes: node.source?.attributes ?? [:],
        inputs: node.inputs.map { $0.map(type) },
        tensors: node.inputs.map { $0.flatMap { graph[$0].tensor.flatMap { model.tensors[$0] } } })
    }
  }
}
