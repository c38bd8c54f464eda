internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// Makes a graph of a symbol file of any age, with the upgrades that MXNet applies when it loads an older one
/// (mxnet src/nnvm/legacy_json_util.cc).
///
/// Attributes of variables are hints of training, or leaked from the operator that made them: ignored, but for
/// a declared shape and type.
struct SymbolReader {
  private let document: SymbolDocument
  private var graph = Graph()
  /// The values of each node that has been added.
  private var values: [[Graph.ValueID]]
  /// The most outputs that anything takes of each node: all that is known of an unknown operator's.
  private var outputsTaken: [Int]

  init(_ document: SymbolDocument) {
    self.document = document
    values = Array(repeating: [], count: document.nodes.count)
    outputsTaken = Array(repeating: 1, count: document.nodes.count)
    let entries = [document.nodes.lazy.flatMap(\.inputs).map { $0 }, document.heads].joined()
    for entry in entries { outputsTaken[entry.node] = max(outputsTaken[entry.node], entry.output + 1) }
  }

  /// - Throws: `FormatError` that names the node.
  static func graph(of document: SymbolDocument) throws(FormatError) -> Graph {
    var reader = SymbolReader(document)
    for number in try document.order() { try reader.add(number) }
    var outputs: [Graph.ValueID] = []
    for (index, head) in document.heads.enumerated() {
      outputs.append(try reader.value(head, "heads", "head \(index)"))
    }
    reader.graph.setOutputs(outputs)
    return reader.graph
  }

  private mutating func add(_ number: Int) throws(FormatError) {
    let node = document.nodes[number]
    if node.isVariable {
      values[number] = [graph.addVariable(node.name, type: declaredType(node.attributes))]
    } else {
      try addOperator(number, node)
    }
    guard graph.values.count <= Limits.values else {
      throw document.fault("nodes", "more values than the limit of \(Limits.values) (values)")
    }
  }

  private mutating func addOperator(_ number: Int, _ node: SymbolDocument.Node) throws(FormatError) {
    var inputs: [Graph.ValueID?] = []
    for (index, entry) in node.inputs.enumerated() {
      inputs.append(try value(entry, document.place(number), "input \(index)"))
    }
    let operation = try operation(number, node)
    let suffixes: [String]
    if let known = operation as? any Operator {
      suffixes = known.mxnetOutputSuffixes
      try complete(&inputs, of: known, number, node)
    } else {
      let count = outputsTaken[number]
      guard graph.values.count + count <= Limits.values else {
        throw document.fault(
          document.place(number),
          "output \(count - 1) is taken, beyond the limit of \(Limits.values) (values)")
      }
      suffixes = count == 1 ? ["output"] : (0..<count).map { "output\($0)" }
    }
    var source = Attributes()
    for (key, text) in node.attributes { source[key] = .text(text) }
    values[number] = graph.addNode(
      node.name, operation, inputs: inputs, outputNames: suffixes.map { node.name + "_" + $0 },
      source: SourceSpelling(op: node.op, attributes: source))
  }

  /// The operator of the table, or an opaque one where the table has none of this name.
  private func operation(_ number: Int, _ node: SymbolDocument.Node) throws(FormatError) -> any Operation {
    let attributes = upgraded(node)
    var name = node.op
    if node.op == "Custom" {
      guard let type = attributes["op_type"] else {
        throw document.fault(
          document.place(number), "attribute 'op_type': found nothing, expected a Python operator's name")
      }
      name += ":" + type
    }
    guard let known = OperatorTable.mxnet(name) else {
      var texts = Attributes()
      for (key, text) in attributes { texts[key] = .text(text) }
      return OpaqueOperation(name: name, attributes: texts, outputCount: outputsTaken[number])
    }
    do throws(OperatorError) {
      return try known.read(mxnet: name, attributes: attributes)
    } catch {
      throw document.fault("\(document.place(number)) (\(node.op))", error.description)
    }
  }

  /// Before 0.9.5, an axis of −1 meant none.
  private func upgraded(_ node: SymbolDocument.Node) -> OrderedDictionary<String, String> {
    var attributes = node.attributes
    if document.version < .withNegativeAxes, ["argmax", "argmin"].contains(node.op),
      attributes["axis"] == "-1"
    {
      attributes["axis"] = nil
    }
    return attributes
  }

  /// Checks the count of inputs; before 0.9, those left out at the end were variables named after the node.
  private mutating func complete(
    _ inputs: inout [Graph.ValueID?], of operation: any Operator, _ number: Int, _ node: SymbolDocument.Node
  ) throws(FormatError) {
    let expected = operation.inputs
    let names = operation.mxnetInputNames
    let missing = expected.indices.dropFirst(inputs.count).filter { !expected[$0].isOptional }
    guard inputs.count <= expected.count, missing.isEmpty || document.version < .withAuxiliaryInputs else {
      let count = missing.isEmpty ? "at most \(expected.count)" : "\(expected.count)"
      throw document.fault(
        "\(document.place(number)) (\(node.op))",
        "found \(inputs.count) inputs, expected \(count): \(names.joined(separator: ", "))")
    }
    for index in missing {
      let name = names.indices.contains(index) ? names[index] : expected[index].name
      while inputs.count < index { inputs.append(nil) }
      inputs.append(graph.addVariable(node.name + "_" + name))
    }
  }

  private func value(
    _ entry: SymbolDocument.Entry, _ place: String, _ what: String
  ) throws(FormatError) -> Graph.ValueID {
    let outputs = values[entry.node]
    guard outputs.indices.contains(entry.output) else {
      throw document.fault(
        place,
        "\(what): found output \(entry.output) of \(document.place(entry.node)), which has \(outputs.count)")
    }
    return outputs[entry.output]
  }

  // MARK: Variables

  /// What a variable's `__shape__` and `__dtype__` say; 0 and −1 are unknown dimensions.
  private func declaredType(_ attributes: OrderedDictionary<String, String>) -> ValueType {
    var type = ValueType.unknown
    if let flag = attributes["__dtype__"].flatMap({ Int($0) }) {
      type.elementType = ElementType(mxnetFlag: flag)
    }
    var reader = MXNetAttributes(attributes, op: "null")
    if let shape = try? reader.tuple("__shape__"), !shape.isEmpty {
      type.shape = PartialShape(shape.map { $0 > 0 ? $0 : nil })
    }
    return type
  }
}
