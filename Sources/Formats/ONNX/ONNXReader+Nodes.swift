internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

extension ONNXReader {
  mutating func addNode(_ node: ONNXDocument.Node, _ index: Int) throws(FormatError) {
    let place = place(of: node, index)
    guard !node.op.isEmpty else { throw error(place, "found no operator's name, expected one") }
    let domain = Self.canonical(node.domain)
    let version = try version(of: domain, place)
    let inputs = try inputs(of: node, place)
    let attributes = try attributes(of: node, place)
    if domain.isEmpty, node.op == "Constant", try addConstant(node, attributes, place) { return }

    let isFunction = functions.contains("\(domain)::\(node.op)")
    let known = attributes.values.filter { if case .other = $0 { true } else { false } }.isEmpty
    if !isFunction, known, domain != "" || version <= ONNXName.newestOpset {
      let read = ONNXNode(
        op: node.op, domain: domain, version: version, attributes: attributes,
        inputs: inputs.map { $0.map(knowledge) }, outputCount: node.usedOutputs.count)
      let reading: ONNXReading?
      do { reading = try OperatorTable.read(onnx: read) } catch {
        throw self.error(place, error.description)
      }
      if let reading { return try add(node, reading, inputs, attributes, place) }
    }
    try addOpaque(node, index, inputs, attributes, version: version, place)
  }

  private func inputs(
    of node: ONNXDocument.Node, _ place: String
  ) throws(FormatError) -> [Graph.ValueID?] {
    var ids: [Graph.ValueID?] = []
    for name in node.inputs {
      guard !name.isEmpty else {
        ids.append(nil)
        continue
      }
      guard let id = values[name] else {
        throw error(
          place, "takes '\(name)', which nothing makes: expected an input, a weight or a node's output")
      }
      ids.append(id)
    }
    while let last = ids.last, last == nil { ids.removeLast() }
    return ids
  }

  private mutating func attributes(
    of node: ONNXDocument.Node, _ place: String
  ) throws(FormatError) -> ONNXNode.Attributes {
    var attributes: ONNXNode.Attributes = [:]
    for attribute in node.attributes {
      let place = "\(place), attribute '\(attribute.name)'"
      let value: ONNXAttribute
      switch attribute.content {
      case .value(let known): value = known
      // Texts are no tensor of ours; the attribute's bytes are kept with the node.
      case .tensor(let tensor) where tensor.dataType == 8: value = .other(kind: "TENSOR of texts")
      case .tensor(let tensor): value = .tensor(try payloads.tensor(tensor, place))
      }
      guard attributes.updateValue(value, forKey: attribute.name) == nil else {
        throw error(place, "found this name twice, expected it once")
      }
    }
    return attributes
  }

  private func knowledge(_ id: Graph.ValueID) -> ONNXNode.Input {
    ONNXNode.Input(
      type: types[id.index], constant: folded[id] ?? graph[id].tensor.flatMap { tensors[$0] })
  }

  // MARK: Constants

  /// Makes a weight of a node without inputs; false where its value is none of ours.
  private mutating func addConstant(
    _ node: ONNXDocument.Node, _ attributes: ONNXNode.Attributes, _ place: String
  ) throws(FormatError) -> Bool {
    guard attributes.count == 1, let (name, value) = attributes.elements.first, node.inputs.isEmpty,
      let output = node.outputs.first, !output.isEmpty, node.outputs.count == 1
    else { throw error(place, "expected no input, one value and one output") }
    let tensor: Tensor
    switch (name, value) {
    case ("value", .tensor(let value)): tensor = value
    case ("value_float", .float(let number)): tensor = Tensor([number], shape: [])
    case ("value_int", .integer(let number)): tensor = Tensor([Int64(number)], shape: [])
    case ("value_floats", .floats(let numbers)): tensor = Tensor(numbers, shape: [numbers.count])
    case ("value_ints", .integers(let numbers)):
      tensor = Tensor(numbers.map(Int64.init), shape: [numbers.count])
    default: return false
    }
    try add(output, tensor: output, ValueType(tensor), place)
    tensors[output] = tensor
    return true
  }

  // MARK: Nodes

  private mutating func add(
    _ node: ONNXDocument.Node, _ reading: ONNXReading, _ inputs: [Graph.ValueID?],
    _ attributes: ONNXNode.Attributes, _ place: String
  ) throws(FormatError) {
    let taken = reading.inputs.map { $0 < inputs.count ? inputs[$0] : nil }
    var inferred = InferredInputs(
      types: taken.map { $0.map { types[$0.index] } },
      constants: taken.map { $0.flatMap { knowledge($0).constant } }, names: reading.operation.inputs)
    let known: [ValueType]
    do { known = try reading.operation.infer(&inferred) } catch { throw self.error(place, error.description) }
    guard node.usedOutputs.count <= known.count else {
      throw error(place, "gives \(node.usedOutputs.count) outputs, expected at most \(known.count)")
    }
    let ids = graph.addNode(
      label(of: node), reading.operation, inputs: taken, outputNames: node.usedOutputs,
      source: source(of: node, attributes))
    for (id, name) in zip(ids, node.usedOutputs) {
      if let type = document.graph?.innerTypes[name] { graph.declare(id, type) }
    }
    try register(ids, known, place)
    // What follows from shapes waits for the inputs that are fed; what follows from weights is known now.
    for (id, value) in zip(ids, reading.operation.foldedFromConstants(inferred, outputs: known)) {
      folded[id] = value
    }
  }

  /// ONNX nodes need no name; then they go by what they compute.
  private func label(of node: ONNXDocument.Node) -> String {
    node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "" : node.name
  }

  private func source(of node: ONNXDocument.Node, _ attributes: ONNXNode.Attributes) -> SourceSpelling {
    SourceSpelling(op: spelling(of: node), attributes: attributes.mapValues(AttributeValue.init(described:)))
  }

  // MARK: What nobody here knows

  /// Keeps a node as it is: with its attributes, and the bytes of those that are no numbers, texts or lists.
  private mutating func addOpaque(
    _ node: ONNXDocument.Node, _ index: Int, _ inputs: [Graph.ValueID?], _ attributes: ONNXNode.Attributes,
    version: Int, _ place: String
  ) throws(FormatError) {
    var kept: Attributes = [:]
    for attribute in node.attributes {
      switch attributes[attribute.name] {
      case .tensor?, .other?, nil:
        kept[attribute.name] = .tensor(keep(attribute.place, "onnx/node \(index)/\(attribute.name)"))
      case let value?: kept[attribute.name] = AttributeValue(described: value)
      }
    }
    let spelling = spelling(of: node)
    let isTooNew = Self.canonical(node.domain).isEmpty && version > ONNXName.newestOpset
    let operation = OpaqueOperation(
      name: isTooNew ? "\(spelling) of operator set \(version)" : spelling, attributes: kept,
      outputCount: node.usedOutputs.count)
    let ids = graph.addNode(
      label(of: node), operation, inputs: inputs, outputNames: node.usedOutputs,
      source: SourceSpelling(op: spelling, attributes: kept))
    // Nobody here can infer them.
    let declared = node.usedOutputs.map {
      document.graph?.innerTypes[$0] ?? document.graph?.outputTypes[$0] ?? .unknown
    }
    for (id, type) in zip(ids, declared) { graph.declare(id, type) }
    try register(ids, declared, place)
  }

  /// What the names of functions' bytes begin with.
  static let functionPrefix = "onnx/function "

  /// Keeps a function's bytes under a name of its own; nodes that call it are opaque.
  mutating func keep(_ function: ONNXDocument.Function) {
    let overload = function.overload.isEmpty ? "" : ":" + function.overload
    _ = keep(function.place, Self.functionPrefix + "\(function.domain)::\(function.name)\(overload)")
  }

  /// Puts bytes of the file among the tensors, and returns their name there.
  private mutating func keep(_ range: Range<Int>, _ wish: String) -> String {
    var name = wish
    while tensors[name] != nil { name += "'" }
    tensors[name] = Tensor(
      mapped: payloads.file, range: range, elementType: .uint8, shape: Shape([range.count]))
    return name
  }
}

extension ONNXDocument.Node {
  /// Outputs up to the last that has a name.
  var usedOutputs: [String] {
    Array(outputs[..<(outputs.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0)])
  }
}

extension AttributeValue {
  /// The value as reports show it; a tensor is described, not held.
  fileprivate init(described value: ONNXAttribute) {
    switch value {
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .number(Double(number))
    case .text(let text): self = .text(text)
    case .integers(let numbers): self = .list(numbers.map(AttributeValue.integer))
    case .floats(let numbers): self = .list(numbers.map { .number(Double($0)) })
    case .texts(let texts): self = .list(texts.map(AttributeValue.text))
    case .tensor(let tensor): self = .text("\(tensor.elementType) \(tensor.shape)")
    case .other(let kind): self = .text(kind)
    }
  }
}
