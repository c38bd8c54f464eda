internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// Makes a model of what an ONNX file says.
struct ONNXReader {
  let document: ONNXDocument
  var payloads: ONNXTensors
  var graph = Graph()
  var tensors: OrderedDictionary<String, Tensor> = [:]
  /// Versions by domain; ONNX's own is the empty one.
  private var operatorSets: [String: Int] = [:]
  /// Operators that the file itself defines, with their domains before `::`.
  let functions: Set<String>
  var values: [String: Graph.ValueID] = [:]
  /// Small values that follow from weights alone.
  var folded: [Graph.ValueID: Tensor] = [:]
  /// What is known of each value so far.
  var types: [ValueType] = []

  init(_ file: MappedFile, _ document: ONNXDocument) {
    self.document = document
    payloads = ONNXTensors(file)
    functions = Set(document.functions.map { "\(Self.canonical($0.domain))::\($0.name)" })
  }

  func error(_ place: String, _ explanation: String) -> FormatError {
    FormatError(file: payloads.file.path, place: place, explanation)
  }

  mutating func model() throws(FormatError) -> Model {
    guard (3...255).contains(document.irVersion) else {
      throw error("ir_version", "found \(document.irVersion), expected 3 or newer")
    }
    guard let entry = document.graph else { throw error("graph", "found none, expected one") }
    try readOperatorSets()
    try addVariables(entry)
    for index in try order(entry) { try addNode(entry.nodes[index], index) }
    try setOutputs(entry)
    for function in document.functions { keep(function) }
    var model = Model(graph: graph, tensors: tensors, provenance: provenance(entry))
    model.recipe = recipe
    return model
  }

  // MARK: Operator sets

  /// The default domain has two spellings.
  static func canonical(_ domain: String) -> String { domain == "ai.onnx" ? "" : domain }

  private mutating func readOperatorSets() throws(FormatError) {
    for set in document.operatorSets {
      let domain = Self.canonical(set.domain)
      guard operatorSets[domain, default: set.version] == set.version, set.version >= 1 else {
        throw error(
          "opset_import '\(set.domain)'", "found version \(set.version), expected one version from 1 on")
      }
      operatorSets[domain] = set.version
    }
  }

  /// - Throws: `FormatError` where the domain's operators are unknown, or too old.
  func version(of domain: String, _ place: String) throws(FormatError) -> Int {
    // Exporters forget to import the domains of plugins.
    guard domain.isEmpty else { return operatorSets[domain] ?? 1 }
    guard let version = operatorSets[domain] else {
      throw error(place, "found an operator of ONNX in a file that imports no operator set of ONNX")
    }
    guard version >= ONNXName.oldestOpset else {
      throw error(
        place,
        "found operator set \(version), expected \(ONNXName.oldestOpset) or newer (onnx.version_converter)")
    }
    return version
  }

  // MARK: Variables

  private mutating func addVariables(_ entry: ONNXDocument.GraphEntry) throws(FormatError) {
    var initializers: [String: Int] = [:]
    for (index, tensor) in entry.initializers.enumerated() {
      try checkName(tensor.name, "initializer \(index)")
      guard initializers.updateValue(index, forKey: tensor.name) == nil else {
        throw error("initializer \(index) '\(tensor.name)'", "found this name twice, expected it once")
      }
    }
    for (index, input) in entry.inputs.enumerated() {
      try checkName(input.name, "input \(index)")
      let isWeight = initializers[input.name] != nil
      try add(input.name, tensor: isWeight ? input.name : nil, input.type, "input \(index)")
    }
    for tensor in entry.initializers {
      let place = "initializer '\(tensor.name)'"
      let value = try payloads.tensor(tensor, place)
      tensors[tensor.name] = value
      if let id = values[tensor.name] {
        types[id.index] = ValueType(value)
        graph.declare(id, ValueType(value))
      } else {
        try add(tensor.name, tensor: tensor.name, ValueType(value), place)
      }
    }
    for (index, sparse) in entry.sparseInitializers.enumerated() {
      try add(sparse, "sparse_initializer \(index)")
    }
  }

  private func checkName(_ name: String, _ place: String) throws(FormatError) {
    guard !name.isEmpty else { throw error(place, "found no name, expected one") }
    guard name.utf8.count <= Limits.nameBytes else {
      throw error(place, "found a name of \(name.utf8.count) bytes, expected at most \(Limits.nameBytes)")
    }
  }

  mutating func add(
    _ name: String, tensor: String?, _ type: ValueType, _ place: String
  ) throws(FormatError) {
    let id = graph.addVariable(name, tensor: tensor, type: type)
    guard values.updateValue(id, forKey: name) == nil else {
      throw error("\(place) '\(name)'", "found this name twice, expected it once")
    }
    types.append(type)
  }

  /// Adds what a node computes; an empty name is an output that nobody uses.
  mutating func register(_ ids: [Graph.ValueID], _ known: [ValueType], _ place: String) throws(FormatError) {
    for (index, id) in ids.enumerated() {
      types.append(index < known.count ? known[index] : .unknown)
      let name = graph[id].name
      guard !name.isEmpty else { continue }
      try checkName(name, place)
      guard values.updateValue(id, forKey: name) == nil else {
        throw error(
          place, "computes '\(name)', which the graph has already: expected one producer of a value")
      }
    }
  }

  private mutating func setOutputs(_ entry: ONNXDocument.GraphEntry) throws(FormatError) {
    var ids: [Graph.ValueID] = []
    for (index, output) in entry.outputs.enumerated() {
      try checkName(output.name, "output \(index)")
      guard let id = values[output.name] else {
        throw error("output \(index) '\(output.name)'", "found a value that nothing makes")
      }
      ids.append(id)
      // The file's own word, which yields to what follows from the inputs that are fed.
      if graph[id].producer != nil, graph[id].declaredType == .unknown { graph.declare(id, output.type) }
    }
    graph.setOutputs(ids)
  }

  // MARK: Provenance

  /// How to feed a network that dcnconv wrote; nil where nothing is said, or of values that are not there.
  private var recipe: NetworkRecipe? {
    guard let text = document.metadata.first(where: { $0.key == ONNXDescription.recipeKey })?.value else {
      return nil
    }
    let bytes = Array(text.utf8)
    // SAFETY: an array of bytes has no padding.
    guard let json = unsafe try? JSONValue(parsing: bytes.span.bytes, file: payloads.file.path),
      let recipe = NetworkRecipe(json: json)
    else { return nil }
    return recipe.valueNames.allSatisfy { values[$0] != nil } ? recipe : nil
  }

  private func provenance(_ entry: ONNXDocument.GraphEntry) -> Provenance {
    var metadata = [
      "ir_version": "\(document.irVersion)", "producer_name": document.producerName,
      "producer_version": document.producerVersion, "domain": document.domain, "graph": entry.name,
    ].filter { !$0.value.isEmpty }
    if document.modelVersion != 0 { metadata["model_version"] = "\(document.modelVersion)" }
    for (domain, version) in operatorSets {
      metadata["opset_import[\(domain.isEmpty ? "ai.onnx" : domain)]"] = "\(version)"
    }
    for (key, value) in document.metadata { metadata["metadata_props[\(key)]"] = value }
    let framework = [document.producerName, document.producerVersion].filter { !$0.isEmpty }
    let sources =
      [Provenance.Source(payloads.file, format: "ONNX IR \(document.irVersion)")]
      + payloads.external.opened.map { Provenance.Source($0.file, format: "ONNX external data") }
    return Provenance(
      sources: sources, framework: framework.isEmpty ? nil : framework.joined(separator: " "),
      metadata: metadata)
  }
}
