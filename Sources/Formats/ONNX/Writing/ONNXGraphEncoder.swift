internal import Bytes
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// A part of the file: what is made for it, or a tensor's elements where they are.
enum ONNXPiece {
  case bytes([UInt8])
  case tensor(Tensor)

  var byteCount: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .tensor(let tensor): tensor.byteCount
    }
  }
}

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
  private let types: [ValueType]
  private let opset: Int
  private var names: ONNXNames
  /// `NodeProto`s, `ValueInfoProto`s of inputs and outputs: fields 1, 11, 12 and 13 of the graph.
  private(set) var nodes = WireBuffer()
  private(set) var values = WireBuffer()
  private(set) var initializers: [Initializer] = []
  /// Operator sets that the nodes ask for, by domain.
  private(set) var operatorSets: [String: Int] = [:]
  /// Names of constants by what they hold, so that each is written once.
  private var constants: [Content: String] = [:]

  /// - Throws: `FormatError` that names the node which ONNX cannot say.
  init(_ model: Model, opsets: [String: Int], path: String) throws(FormatError) {
    self.model = model
    self.path = path
    operatorSets = opsets
    opset = opsets[""] ?? model.graph.rawOpset ?? ONNXDescription.usualOpset
    operatorSets[""] = opset
    do { types = try GraphInference(model).types } catch {
      throw FormatError(.content, file: path, error.description)
    }
    names = ONNXNames(model.graph)
    for id in model.graph.variables { try addVariable(id) }
    for (index, node) in model.graph.nodes.enumerated() { try add(node, index) }
    for id in model.graph.outputs { try addValue(12, id, "output") }
  }

  private func fault(_ place: String, _ explanation: String) -> FormatError {
    FormatError(.request, file: path, place: place, explanation)
  }

  /// The bytes of the `GraphProto`, piece by piece.
  func pieces(name: String) -> [ONNXPiece] {
    var pieces = [ONNXPiece.bytes(nodes.bytes)]
    var header = WireBuffer()
    header.text(2, name)
    for initializer in initializers {
      var proto = WireBuffer()
      proto.tensorHeader(initializer.tensor, name: initializer.name)
      proto.announce(9, byteCount: initializer.tensor.byteCount)
      header.announce(5, byteCount: proto.bytes.count + initializer.tensor.byteCount)
      header.raw(proto.bytes)
      pieces += [.bytes(header.bytes), .tensor(initializer.tensor)]
      header = WireBuffer()
    }
    header.raw(values.bytes)
    return pieces + [.bytes(header.bytes)]
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
    // Weights of all the frameworks that do not say otherwise are of this type.
    let elementType = types[id.index].elementType ?? .float32
    guard let number = elementType.onnx else {
      throw fault("\(word) '\(names[id])'", "ONNX has no element type \(elementType)")
    }
    let name = names[id]
    let dimensions = types[id.index].shape.dimensions
    values.message(field) { value in
      value.text(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.number(1, number)
          guard let dimensions else { return }
          tensor.message(2) { shape in
            for dimension in dimensions {
              shape.message(1) { if let dimension { $0.number(1, dimension) } }
            }
          }
        }
      }
    }
  }

  // MARK: Nodes

  private mutating func add(_ node: Node, _ index: Int) throws(FormatError) {
    let place = "node \(index) '\(node.name)'"
    guard let operation = node.operation as? any Operator else { return try addOpaque(node, place) }
    let site = ONNXSite(
      opset: opset, inputs: node.inputs.map { $0.map { types[$0.index] } }, outputCount: node.outputs.count)
    let spellings: [ONNXSpelling]
    do throws(OperatorError) { spellings = try operation.onnxSpelling(at: site) } catch {
      throw fault(place, "ONNX cannot say this \(operation.name): \(error)")
    }
    if let raw = operation as? Deferred { try require(raw.domain, raw.opset, place) }
    var results: [String] = []
    for (step, spelling) in spellings.enumerated() {
      let isLast = step == spellings.count - 1
      let label = isLast ? node.name : names.claim("\(node.name)/\(spelling.op)")
      let outputs =
        isLast ? node.outputs.map { names[$0] } : [names.claim("\(names[node.outputs[0]])/\(spelling.op)")]
      results.append(outputs.first ?? "")
      var inputs: [String] = []
      for (place, input) in spelling.inputs.enumerated() {
        switch input {
        case .input(let index): inputs.append(node.inputs[index].map { names[$0] } ?? "")
        case .node(let step): inputs.append(results[step])
        case .constant(let tensor): inputs.append(constant(tensor, "\(label)/\(spelling.op)_\(place)"))
        case .none: inputs.append("")
        }
      }
      write(label, spelling.op, domain: spelling.domain, inputs: inputs, outputs: outputs) { proto in
        for (name, value) in spelling.attributes { proto.attribute(name, value) }
      }
    }
  }

  /// - Throws: `FormatError` where the nodes of one domain ask for several operator sets.
  private mutating func require(_ domain: String, _ version: Int, _ place: String) throws(FormatError) {
    guard operatorSets[domain, default: version] == version else {
      let name = domain.isEmpty ? "ai.onnx" : domain
      throw fault(
        place,
        "is of operator set \(version) of \(name), the file of \(operatorSets[domain] ?? 0): expected one")
    }
    operatorSets[domain] = version
  }

  private mutating func write(
    _ label: String, _ op: String, domain: String, overload: String = "", inputs: [String], outputs: [String],
    _ attributes: (inout WireBuffer) -> Void
  ) {
    let lastInput = inputs.lastIndex { !$0.isEmpty } ?? -1
    nodes.message(1) { proto in
      for input in inputs[...lastInput] { proto.text(1, input) }
      for output in outputs { proto.text(2, output) }
      proto.text(ifAny: 3, label)
      proto.text(4, op)
      attributes(&proto)
      proto.text(ifAny: 7, domain)
      proto.text(ifAny: 8, overload)
    }
  }

  // MARK: Constants

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

  /// Writes a node as its file had it.
  private mutating func addOpaque(_ node: Node, _ place: String) throws(FormatError) {
    throw fault(place, "ONNX cannot say this \(node.operation.name): nobody here knows the operator")
  }
}

extension WireBuffer {
  /// An `AttributeProto` of a node.
  fileprivate mutating func attribute(_ name: String, _ value: ONNXAttribute) {
    message(5) { proto in
      proto.text(1, name)
      switch value {
      case .float(let number):
        proto.float(2, number)
        proto.number(20, 1)
      case .integer(let number):
        proto.number(3, number)
        proto.number(20, 2)
      case .text(let text):
        proto.text(4, text)
        proto.number(20, 3)
      case .tensor(let tensor):
        proto.message(5) { inner in
          inner.tensorHeader(tensor, name: "")
          inner.announce(9, byteCount: tensor.byteCount)
          inner.raw(tensor.byteArray)
        }
        proto.number(20, 4)
      case .floats(let numbers):
        for number in numbers { proto.float(7, number) }
        proto.number(20, 6)
      case .integers(let numbers):
        for number in numbers { proto.number(8, number) }
        proto.number(20, 7)
      case .texts(let texts):
        for text in texts { proto.text(9, text) }
        proto.number(20, 8)
      case .other: break
      }
    }
  }

  /// The dimensions, type and name of a `TensorProto`.
  mutating func tensorHeader(_ tensor: Tensor, name: String) {
    for dimension in tensor.shape.dimensions { number(1, dimension) }
    number(2, tensor.elementType.onnx ?? 0)
    text(ifAny: 8, name)
  }
}

extension Tensor {
  /// The elements' bytes in an array, for small tensors.
  fileprivate var byteArray: [UInt8] {
    // SAFETY: the buffer is read inside the closure alone.
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

extension Graph {
  /// The operator set of ONNX's own that the nodes held for ONNX are of; nil where there are none.
  fileprivate var rawOpset: Int? {
    nodes.lazy.compactMap { $0.operation as? Deferred }.first { $0.domain.isEmpty }?.opset
  }
}
