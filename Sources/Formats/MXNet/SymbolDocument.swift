internal import Bytes
internal import OrderedCollections

/// A symbol file as it stands, its fields checked and nothing upgraded (nnvm src/pass/saveload_json.cc).
struct SymbolDocument {
  /// An output of a node.
  struct Entry {
    let node: Int
    let output: Int
  }

  struct Node {
    /// `null` for a variable.
    let op: String
    let name: String
    let attributes: OrderedDictionary<String, String>
    let inputs: [Entry]

    var isVariable: Bool { op == "null" }
  }

  let file: String
  private(set) var nodes: [Node] = []
  private(set) var heads: [Entry] = []
  private(set) var version = MXNetVersion.unsaid
  /// What stands in the file and is not kept.
  private(set) var warnings: [String] = []

  /// - Throws: `FormatError` that names the node and the field.
  init(_ mapped: MappedFile) throws(FormatError) {
    file = mapped.path
    let json = try FormatError.wrapping { () throws(ByteError) in try JSONValue(parsing: mapped) }
    guard let document = json.objectValue else { throw fault("", "found \(json.kind), expected an object") }
    guard let list = document["nodes"]?.listValue else {
      throw fault("nodes", "found \(document["nodes"]?.kind ?? "nothing"), expected the list of nodes")
    }
    guard list.count <= Limits.nodes else {
      throw fault("nodes", "\(list.count) nodes are beyond the limit of \(Limits.nodes) (nodes)")
    }
    for (number, value) in list.enumerated() { nodes.append(try node(value, number, count: list.count)) }
    heads = try entries(document["heads"], "heads", count: list.count)
    if heads.isEmpty { throw fault("heads", "found none, expected at least one output") }
    if let attributes = document["attrs"] { version = try version(in: attributes) }
    for key in document.keys where !["nodes", "arg_nodes", "node_row_ptr", "heads", "attrs"].contains(key) {
      warnings.append("the symbol's '\(key)' is not kept: nothing is known of its meaning")
    }
  }

  /// How errors name a node: `node 12 'conv1'`.
  func place(_ number: Int) -> String { "node \(number) '\(nodes[number].name)'" }

  func fault(_ place: String, _ explanation: String) -> FormatError {
    FormatError(file: file, place: place, explanation)
  }

  // MARK: Fields

  private mutating func node(_ value: JSONValue, _ number: Int, count: Int) throws(FormatError) -> Node {
    guard let object = value.objectValue else {
      throw fault("node \(number)", "found \(value.kind), expected an object")
    }
    guard let name = object["name"]?.textValue else {
      throw fault(
        "node \(number)", "field 'name': found \(object["name"]?.kind ?? "nothing"), expected a text")
    }
    let place = "node \(number) '\(name)'"
    guard let op = object["op"]?.textValue else {
      throw fault(place, "field 'op': found \(object["op"]?.kind ?? "nothing"), expected a text")
    }
    // All names that versions gave the field; a later one wins where two have the same key.
    var attributes: OrderedDictionary<String, String> = [:]
    for field in ["param", "attr", "attrs"] {
      guard let value = object[field] else { continue }
      for (key, text) in try texts(value, place, field) { attributes[key] = text }
    }
    let inputs = try entries(object["inputs"], place, count: count)
    guard op != "null" || inputs.isEmpty else {
      throw fault(place, "a variable (op 'null') has \(inputs.count) inputs, expected none")
    }
    if object["subgraphs"] != nil {
      warnings.append("\(place): the subgraphs of control flow are not kept")
    }
    return Node(op: op, name: name, attributes: attributes, inputs: inputs)
  }

  private func texts(
    _ value: JSONValue, _ place: String, _ field: String
  ) throws(FormatError) -> [(String, String)] {
    guard let object = value.objectValue else {
      throw fault(place, "field '\(field)': found \(value.kind), expected an object of texts")
    }
    var texts: [(String, String)] = []
    for member in object.members {
      guard let text = member.value.textValue else {
        throw fault(
          place, "attribute '\(member.key)': found \(member.value.kind), expected a text, as MXNet writes all"
        )
      }
      texts.append((member.key, text))
    }
    return texts
  }

  /// Entries `[node, output]` or `[node, output, version]`; the version says nothing that the operator does not.
  private func entries(
    _ value: JSONValue?, _ place: String, count: Int
  ) throws(FormatError) -> [Entry] {
    guard let list = value?.listValue else {
      let field = place == "heads" ? "" : "field 'inputs': "
      throw fault(
        place, "\(field)found \(value?.kind ?? "nothing"), expected a list of [node, output, version]")
    }
    var entries: [Entry] = []
    for (index, element) in list.enumerated() {
      let what = place == "heads" ? "head \(index)" : "input \(index)"
      let numbers = element.listValue?.compactMap(\.integerValue) ?? []
      guard numbers.count == element.listValue?.count, numbers.count == 2 || numbers.count == 3,
        numbers.allSatisfy({ $0 >= 0 && $0 <= UInt32.max })
      else {
        throw fault(
          place, "\(what): found \(element.written(.compact)), expected two or three numbers from 0 up")
      }
      guard numbers[0] < count else {
        throw fault(place, "\(what): found node \(numbers[0]), expected one of 0 to \(count - 1)")
      }
      entries.append(Entry(node: numbers[0], output: numbers[1]))
    }
    return entries
  }

  /// `{"mxnet_version": ["int", 10901]}`, as dmlc's `any` is written.
  private func version(in attributes: JSONValue) throws(FormatError) -> MXNetVersion {
    guard let object = attributes.objectValue else {
      throw fault("attrs", "found \(attributes.kind), expected an object")
    }
    guard let value = object["mxnet_version"] else { return .unsaid }
    guard value.listValue?.count == 2, value[0] == "int", let number = value[1]?.integerValue,
      number >= 0, number <= Int32.max
    else {
      throw fault(
        "attrs", "mxnet_version: found \(value.written(.compact)), expected the like of [\"int\", 10901]")
    }
    return MXNetVersion(number: number)
  }
}
