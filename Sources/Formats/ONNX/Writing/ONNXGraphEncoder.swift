internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// Makes the parts of a `GraphProto` of a model; the tensors' elements stay where they are.
struct ONNXGraphEncoder {
  /// A tensor of the file under its name there.
  struct Initializer {
    let name: String
    let tensor: Tensor
  }

  /// What a small tensor holds; nil for larger ones, which nobody looks for.
  private struct Content: Hashable {
    let elementType: ElementType
    let shape: Shape
    let bytes: [UInt8]

    init?(_ tensor: Tensor) {
      guard tensor.byteCount <= 1024 else { return nil }
      elementType = tensor.elementType
      shape = tensor.shape
      bytes = tensor.byteArray
    }
  }

  private let model: Model
  private let path: String
  private let keepsCustom: Bool
  private let types: [ValueType]
  private let opset: Int
  private var names: ONNXNames
  /// Of nodes: ONNX Runtime refuses two of one name, as two of the released R-FCN's are.
  private var labels: Set<String> = []
  /// `NodeProto`s, and `ValueInfoProto`s: fields 1, and 11 to 13 of the graph.
  private var nodes = WireBuffer()
  private var values = WireBuffer()
  private(set) var initializers: [Initializer] = []
  /// Operator sets that the nodes ask for, by domain.
  private(set) var operatorSets: [String: Int]
  /// Names of constants by what they hold, so that each is written once.
  private var constants: [Content: String] = [:]
  /// Nodes that ONNX cannot say, each with its reason.
  private var faults: [String] = []

  /// - Parameter keepsCustom: operators that ONNX does not have are written in our own domain.
  /// - Throws: `FormatError` that names the nodes which ONNX cannot say.
  init(
    _ model: Model, opsets: [String: Int], keepsCustom: Bool, path: String
  ) throws(FormatError) {
    self.model = model
    self.path = path
    self.keepsCustom = keepsCustom
    operatorSets = opsets
    opset = opsets[""] ?? model.graph.rawOpset ?? ONNXDescription.usualOpset
    operatorSets[""] = opset
    do { types = try GraphInference(model).types } catch {
      throw FormatError(.content, file: path, error.description)
    }
    names = ONNXNames(model.graph)
    for id in model.graph.variables { try addVariable(id) }
    for (index, node) in model.graph.nodes.enumerated() { add(node, "node \(index) '\(node.name)'") }
    try refuseFaults()
    for id in model.graph.outputs { try addValue(12, id, "output") }
    addInnerTypes()
  }

  /// The bytes of the `GraphProto`, piece by piece.
  func pieces(name: String, _ external: ONNXExternalLayout?) -> [ONNXPiece] {
    var pieces = [ONNXPiece.bytes(nodes.bytes)]
    var header = WireBuffer()
    header.text(2, name)
    for (index, initializer) in initializers.enumerated() {
      var proto = WireBuffer()
      proto.tensorHeader(initializer.tensor, name: initializer.name)
      let byteCount = initializer.tensor.byteCount
      if let external, let offset = external.offsets[index] {
        proto.externalPlace(external.location, offset: offset, length: byteCount)
        header.run(5, proto.bytes)
        continue
      }
      proto.announce(9, byteCount: byteCount)
      header.announce(5, byteCount: proto.bytes.count + byteCount)
      header.raw(proto.bytes)
      pieces += [.bytes(header.bytes), .tensor(initializer.tensor)]
      header = WireBuffer()
    }
    header.raw(values.bytes)
    return pieces + [.bytes(header.bytes)]
  }

  private func fault(_ place: String, _ explanation: String) -> FormatError {
    FormatError(.request, file: path, place: place, explanation)
  }

  private func refuseFaults() throws(FormatError) {
    guard let first = faults.first else { return }
    guard faults.count > 1 else { throw FormatError(.request, file: path, first) }
    let rest = faults.count > 5 ? "; and \(faults.count - 5) more" : ""
    throw FormatError(
      .request, file: path,
      "ONNX cannot say \(faults.count) nodes: " + faults.prefix(5).joined(separator: "; ") + rest)
  }

  // MARK: Variables and their types

  private mutating func addVariable(_ id: Graph.ValueID) throws(FormatError) {
    guard let tensorName = model.graph[id].tensor else { return try addValue(11, id, "input") }
    guard let tensor = model.tensors[tensorName] else {
      throw fault("weight '\(names[id])'", "is bound to tensor '\(tensorName)', which the model lacks")
    }
    guard tensor.elementType.onnx != nil else {
      throw fault("weight '\(names[id])'", "ONNX has no element type \(tensor.elementType)")
    }
    initializers.append(Initializer(name: names[id], tensor: tensor))
    if let content = Content(tensor) { constants[content] = constants[content] ?? names[id] }
  }

  /// - Throws: `FormatError` where ONNX does not have the element type.
  private mutating func addValue(_ field: UInt64, _ id: Graph.ValueID, _ word: String) throws(FormatError) {
    // An ONNX file that says nothing of an output may hold texts there, or a list.
    if field == 12, model.provenance.isONNX, types[id.index] == .unknown {
      values.message(field) { $0.text(1, names[id]) }
      return
    }
    // Weights of all the frameworks that do not say otherwise are of this type.
    let elementType = types[id.index].elementType ?? .float32
    guard let number = elementType.onnx else {
      throw fault("\(word) '\(names[id])'", "ONNX has no element type \(elementType)")
    }
    values.value(
      field, names[id], elementType: number, types[id.index].shape,
      namesDimensions: field == 11)
  }

  /// What is declared of values between inputs and outputs, where it is so.
  private mutating func addInnerTypes() {
    let outputs = Set(model.graph.outputs)
    for node in model.graph.nodes {
      for id in node.outputs where !outputs.contains(id) && !names[id].isEmpty {
        let type = model.graph[id].declaredType
        guard let number = type.elementType?.onnx, type.shape.rank != nil,
          types[id.index].elementType == type.elementType,
          types[id.index].shape.merged(with: type.shape) != nil
        else { continue }
        values.value(13, names[id], elementType: number, type.shape)
      }
    }
  }

  // MARK: Nodes

  private mutating func add(_ node: Node, _ place: String) {
    guard let operation = node.operation as? any Operator else { return addOpaque(node, place) }
    do throws(OperatorError) {
      let spellings = try spellings(of: operation, node)
      if let raw = operation as? Deferred { try require(raw.domain, raw.opset) }
      write(node, spellings)
    } catch {
      faults.append("\(place): ONNX cannot say this \(operation.name): \(error)")
    }
  }

  private func spellings(of operation: any Operator, _ node: Node) throws(OperatorError) -> [ONNXSpelling] {
    let site = ONNXSite(
      opset: opset, inputs: node.inputs.map { $0.map { types[$0.index] } }, outputCount: node.outputs.count)
    do throws(OperatorError) { return try operation.onnxSpelling(at: site) } catch {
      guard keepsCustom, !(operation is Deferred) else { throw error }
      return [ONNXCustomForm.spelling(of: operation)]
    }
  }

  private mutating func write(_ node: Node, _ spellings: [ONNXSpelling]) {
    var results: [String] = []
    for (step, spelling) in spellings.enumerated() {
      let isLast = step == spellings.count - 1
      let label = isLast ? node.name : names.claim("\(node.name)/\(spelling.op)")
      let outputs =
        isLast
        ? node.outputs.map { names[$0] } : [names.claim("\(names[node.outputs[0]])/\(spelling.op)")]
      results.append(outputs.first ?? "")
      var inputs: [String] = []
      for (place, input) in spelling.inputs.enumerated() {
        switch input {
        case .input(let index):
          inputs.append(index < node.inputs.count ? node.inputs[index].map { names[$0] } ?? "" : "")
        case .node(let step): inputs.append(results[step])
        case .constant(let tensor): inputs.append(constant(tensor, "\(label)/\(spelling.op)_\(place)"))
        case .none: inputs.append("")
        }
      }
      if !spelling.domain.isEmpty { importIfMissing(spelling.domain) }
      write(label, spelling.op, domain: spelling.domain, inputs: inputs, outputs: outputs) { proto in
        for (name, value) in spelling.attributes { proto.attribute(name, value) }
      }
    }
  }

  /// - Throws: `OperatorError` where the nodes of one domain are of several operator sets.
  private mutating func require(_ domain: String, _ version: Int) throws(OperatorError) {
    let set = operatorSets[domain, default: version]
    guard set == version else {
      throw OperatorError(
        "operator set", found: "\(version)",
        expected: "\(set), the file's one of \(domain.isEmpty ? "ai.onnx" : domain)")
    }
    operatorSets[domain] = version
  }

  private mutating func importIfMissing(_ domain: String) {
    operatorSets[domain] = operatorSets[domain] ?? ONNXCustomForm.version
  }

  private mutating func write(
    _ label: String, _ op: String, domain: String, overload: String = "", inputs: [String],
    outputs: [String], _ attributes: (inout WireBuffer) -> Void
  ) {
    let count = (inputs.lastIndex { !$0.isEmpty } ?? -1) + 1
    let label = label.isEmpty ? "" : labels.claim(label)
    nodes.message(1) { proto in
      for input in inputs.prefix(count) { proto.text(1, input) }
      for output in outputs { proto.text(2, output) }
      proto.text(ifAny: 3, label)
      proto.text(4, op)
      attributes(&proto)
      proto.text(ifAny: 7, domain)
      proto.text(ifAny: 8, overload)
    }
  }

  /// The name of a constant: one of the model's weights where it holds the same.
  private mutating func constant(_ tensor: Tensor, _ wish: String) -> String {
    let content = Content(tensor)
    if let content, let name = constants[content] { return name }
    let name = names.claim(wish)
    initializers.append(Initializer(name: name, tensor: tensor))
    if let content { constants[content] = name }
    return name
  }

  // MARK: What nobody here knows

  /// Writes a node as its ONNX file had it.
  private mutating func addOpaque(_ node: Node, _ place: String) {
    guard model.provenance.isONNX, let source = node.source else {
      faults.append("\(place): nobody here knows the operator \(node.operation.name)")
      return
    }
    var domain = ""
    var op = source.op
    if let separator = op.firstRange(of: "::") {
      domain = String(op[..<separator.lowerBound])
      op = String(op[separator.upperBound...])
    }
    let words = op.split(separator: ":", maxSplits: 1)
    if !domain.isEmpty { importIfMissing(domain) }
    let attributes = node.operation.attributes
    let tensors = model.tensors
    for (name, value) in attributes {
      if case .tensor(let bytes) = value, tensors[bytes] != nil { continue }
      guard ONNXAttribute(value) != nil else {
        faults.append("\(place): attribute '\(name)' is nothing that ONNX has")
        return
      }
    }
    write(
      node.name, String(words[0]), domain: domain, overload: words.count > 1 ? String(words[1]) : "",
      inputs: node.inputs.map { $0.map { names[$0] } ?? "" }, outputs: node.outputs.map { names[$0] }
    ) { proto in
      for (name, value) in attributes {
        if case .tensor(let bytes) = value, let tensor = tensors[bytes] {
          proto.run(5, tensor.byteArray)
        } else if let value = ONNXAttribute(value) {
          proto.attribute(name, value)
        }
      }
    }
  }
}

extension Graph {
  /// The operator set of ONNX's own that the nodes held for ONNX are of; nil where there are none.
  fileprivate var rawOpset: Int? {
    nodes.lazy.compactMap { $0.operation as? Deferred }.first { $0.domain.isEmpty }?.opset
  }
}
