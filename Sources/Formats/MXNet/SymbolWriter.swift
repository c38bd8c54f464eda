internal import Bytes
package import Graphs
internal import Operators
internal import OrderedCollections

/// Writes a graph as MXNet 1.9 saves a symbol: its numbering, its order of attributes, its blanks and lines.
package struct SymbolWriter {
  private let graph: Graph
  private let file: String
  private var nodes: [String] = []
  private var variables: [Int] = []
  /// How many outputs the nodes before each one have, hidden ones counted.
  private var rows = [0]
  /// Node and output numbers by value.
  private var numbers: [Graph.ValueID: (node: Int, output: Int)] = [:]
  /// How often a variable has been an auxiliary state so far: MXNet numbers its versions.
  private var versions: [Graph.ValueID: Int] = [:]

  /// The text of a `-symbol.json`.
  ///
  /// - Parameter file: the name of the output, for errors.
  /// - Throws: `FormatError` that names the node which MXNet cannot say.
  package static func text(of graph: Graph, file: String) throws(FormatError) -> String {
    guard !graph.outputs.isEmpty else {
      throw FormatError(.request, file: file, "the model has no graph that a symbol could say")
    }
    var writer = SymbolWriter(graph: graph, file: file)
    for entry in graph.postOrder { try writer.add(entry) }
    return try writer.document()
  }

  private init(graph: Graph, file: String) {
    self.graph = graph
    self.file = file
  }

  private mutating func add(_ entry: Graph.Entry) throws(FormatError) {
    switch entry {
    case .variable(let id):
      numbers[id] = (nodes.count, 0)
      variables.append(nodes.count)
      rows.append(rows[rows.count - 1] + 1)
      nodes.append(
        object([("op", "null".quotedForJSON), ("name", graph[id].name.quotedForJSON), ("inputs", "[]")]))
    case .node(let index):
      let node = graph.nodes[index]
      let spelling = try spelling(of: node)
      var fields = [("op", spelling.op.quotedForJSON), ("name", node.name.quotedForJSON)]
      if !spelling.attributes.isEmpty { fields.append(("attrs", texts(spelling.attributes))) }
      fields.append(("inputs", list(try inputs(of: node), indent: 6)))
      for (output, id) in node.outputs.enumerated() { numbers[id] = (nodes.count, output) }
      let hidden = (node.operation as? any Operator)?.mxnetHiddenOutputs ?? 0
      rows.append(rows[rows.count - 1] + node.outputs.count + hidden)
      nodes.append(object(fields))
    }
  }

  /// How MXNet spells a node: by its operator, or as a file did where nobody knows the operator.
  private func spelling(
    of node: Node
  ) throws(FormatError) -> (op: String, attributes: OrderedDictionary<String, String>) {
    if let operation = node.operation as? any Operator {
      do throws(OperatorError) {
        var spelling = try operation.mxnetSpelling()
        if let kernel = globalKernel(of: node) { spelling.attributes["kernel"] = kernel }
        return spelling
      } catch {
        throw fault(node, "MXNet cannot say this \(operation.name): \(error)")
      }
    }
    let name = node.operation.name
    var attributes: OrderedDictionary<String, String> = [:]
    for (key, value) in node.operation.attributes {
      guard case .text(let text) = value else {
        throw fault(node, "unknown operator \(name): attribute '\(key)' is no text, as all of MXNet's are")
      }
      attributes[key] = text
    }
    guard !name.contains("::") else { throw fault(node, "operator \(name) is none of MXNet's") }
    return (name.hasPrefix("Custom:") ? "Custom" : name, attributes)
  }

  /// The window that a file gave a global pooling, which fills the map whatever it says.
  ///
  /// MXNet goes through oneDNN only where there is one (`SupportMKLDNNPooling` in nn/mkldnn/mkldnn_pooling-inl.h), and
  /// that sums in another order: without it a network has other bits.
  private func globalKernel(of node: Node) -> String? {
    guard let pooling = node.operation as? Pooling, pooling.isGlobal, let source = node.source,
      source.op.hasPrefix("Pooling"), case .text(let text)? = source.attributes["kernel"]
    else { return nil }
    var attributes = MXNetAttributes(["kernel": text], op: source.op)
    guard let kernel = try? attributes.tuple("kernel"), 1...3 ~= kernel.count else { return nil }
    return text
  }

  /// The entries of a node's inputs, without optional ones left out at the end.
  private mutating func inputs(of node: Node) throws(FormatError) -> [String] {
    let declared = (node.operation as? any Operator)?.inputs ?? []
    let count = (node.inputs.lastIndex { $0 != nil } ?? -1) + 1
    var entries: [String] = []
    for (index, id) in node.inputs.prefix(count).enumerated() {
      guard let id, let number = numbers[id] else {
        throw fault(node, "input \(index) is left out before others, which MXNet cannot say")
      }
      let isMutated = declared.indices.contains(index) && declared[index].role == .auxiliary
      if isMutated && graph[id].producer == nil { versions[id, default: 0] += 1 }
      entries.append("[\(number.node), \(number.output), \(versions[id] ?? 0)]")
    }
    return entries
  }

  private func document() throws(FormatError) -> String {
    let heads = graph.outputs.compactMap { numbers[$0] }.map { "[\($0.node), \($0.output), 0]" }
    let fields = [
      ("nodes", "[\n    " + nodes.joined(separator: ", \n    ") + "\n  ]"),
      ("arg_nodes", list(variables.map(String.init), indent: 2)),
      ("node_row_ptr", list(rows.map(String.init), indent: 2)),
      ("heads", list(heads, indent: 2)),
      ("attrs", "{\"mxnet_version\": [\"int\", \(MXNetVersion.written.number)]}"),
    ]
    return "{\n" + fields.map { "  \($0.quotedForJSON): \($1)" }.joined(separator: ", \n") + "\n}"
  }

  private func fault(_ node: Node, _ explanation: String) -> FormatError {
    FormatError(.request, file: file, place: "node '\(node.name)'", explanation)
  }
}

// MARK: Blanks and lines as dmlc's JSONWriter sets them

/// A node's fields, each on a line.
private func object(_ fields: [(String, String)]) -> String {
  "{\n" + fields.map { "      \($0.quotedForJSON): \($1)" }.joined(separator: ", \n") + "\n    }"
}

/// Up to ten elements on a line, more on lines of their own.
private func list(_ elements: [String], indent: Int) -> String {
  guard elements.count > 10 else { return "[" + elements.joined(separator: ", ") + "]" }
  let margin = "\n" + String(repeating: " ", count: indent)
  return "[" + elements.map { margin + "  " + $0 }.joined(separator: ", ") + margin + "]"
}

/// One attribute on a line, more on lines of their own, in the order of their bytes.
private func texts(_ attributes: OrderedDictionary<String, String>) -> String {
  let sorted = attributes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  let pairs = sorted.map { "\($0.key.quotedForJSON): \($0.value.quotedForJSON)" }
  guard pairs.count > 1 else { return "{" + pairs.joined() + "}" }
  return "{" + pairs.map { "\n        " + $0 }.joined(separator: ", ") + "\n      }"
}
