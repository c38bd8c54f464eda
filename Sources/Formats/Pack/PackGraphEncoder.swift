internal import CSchemas
internal import Graphs
internal import OrderedCollections
internal import Tensors

/// Builds the graph's message; what many nodes share is written once, in the order of its first use.
@safe
struct PackGraphEncoder {
  private let arena: ProtobufArena
  private let file: String
  /// Places in the table by name.
  private let tensorPlaces: [String: Int]
  private var operations: Shared<Dcnpack__Operation>
  private var spellings: Shared<Dcnpack__Spelling>

  init(arena: ProtobufArena, file: String, rows: [PackRow]) {
    self.arena = arena
    self.file = file
    tensorPlaces = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.name, $0) })
    unsafe operations = unsafe Shared()
    unsafe spellings = unsafe Shared()
  }

  /// - Throws: `FormatError` where a variable's tensor is missing or a dimension is negative.
  mutating func message(_ graph: Graph) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Graph> {
    let message = unsafe arena.message(dcnpack__graph__init)
    var values = unsafe [UnsafeMutablePointer<Dcnpack__Value>]()
    for value in graph.values { unsafe values.append(try self.value(value)) }
    unsafe message.pointee.n_values = values.count
    unsafe message.pointee.values = arena.list(values)
    var nodes = unsafe [UnsafeMutablePointer<Dcnpack__Node>]()
    for node in graph.nodes { unsafe nodes.append(try self.node(node)) }
    unsafe message.pointee.n_nodes = nodes.count
    unsafe message.pointee.nodes = arena.list(nodes)
    unsafe message.pointee.n_operations = operations.messages.count
    unsafe message.pointee.operations = arena.list(operations.messages)
    unsafe message.pointee.n_spellings = spellings.messages.count
    unsafe message.pointee.spellings = arena.list(spellings.messages)
    unsafe message.pointee.n_outputs = graph.outputs.count
    unsafe message.pointee.outputs = arena.list(graph.outputs.map { UInt64($0.index) })
    return unsafe message
  }

  private func value(_ value: Value) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Value> {
    let message = unsafe arena.message(dcnpack__value__init)
    unsafe message.pointee.name = arena.text(value.name)
    if let tensor = value.tensor {
      unsafe message.pointee.tensor = UInt64(try place(of: tensor, in: "variable '\(value.name)'") + 1)
    }
    if value.declaredType != .unknown {
      unsafe message.pointee.type = try unsafe type(value.declaredType, of: value.name)
    }
    return unsafe message
  }

  private func place(of tensor: String, in holder: String) throws(FormatError) -> Int {
    guard let place = tensorPlaces[tensor] else {
      throw FormatError(file: file, place: holder, "names tensor '\(tensor)', which the model has not")
    }
    return place
  }

  private func type(
    _ type: ValueType, of name: String
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Type> {
    let message = unsafe arena.message(dcnpack__type__init)
    unsafe message.pointee.element_type =
      type.elementType.map { Dcnpack__ElementType($0) }
      ?? DCNPACK__ELEMENT_TYPE__UNKNOWN
    guard let dimensions = type.shape.dimensions else { return unsafe message }
    if let bad = dimensions.first(where: { $0.map { $0 < 0 || $0 == .max } ?? false }) {
      throw FormatError(file: file, place: "value '\(name)'", "dimension \(bad ?? 0) is out of range")
    }
    unsafe message.pointee.is_ranked = 1
    unsafe message.pointee.n_dimensions = dimensions.count
    unsafe message.pointee.dimensions = arena.list(dimensions.map { $0.map { UInt64($0) + 1 } ?? 0 })
    return unsafe message
  }

  private mutating func node(_ node: Node) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Node> {
    let message = unsafe arena.message(dcnpack__node__init)
    unsafe message.pointee.name = arena.text(node.name)
    unsafe message.pointee.operation = UInt64(operations.place(of: try operation(node)))
    if let source = node.source {
      unsafe message.pointee.spelling = UInt64(spellings.place(of: try spelling(source, of: node.name)) + 1)
    }
    unsafe message.pointee.n_inputs = node.inputs.count
    unsafe message.pointee.inputs = arena.list(node.inputs.map { $0.map { UInt64($0.index + 1) } ?? 0 })
    unsafe message.pointee.n_outputs = node.outputs.count
    unsafe message.pointee.outputs = arena.list(node.outputs.map { UInt64($0.index) })
    return unsafe message
  }
}

// What a node computes, and how its source said it.
extension PackGraphEncoder {
  private func operation(_ node: Node) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Operation> {
    let message = unsafe arena.message(dcnpack__operation__init)
    unsafe message.pointee.name = arena.text(node.operation.name)
    let attributes = node.operation.attributes
    unsafe message.pointee.n_attributes = attributes.count
    unsafe message.pointee.attributes = try unsafe list(attributes, of: node.name)
    if let opaque = node.operation as? OpaqueOperation, opaque.vocabulary == .source {
      unsafe message.pointee.opaque_outputs = UInt64(opaque.outputCount + 1)
    }
    return unsafe message
  }

  private func spelling(
    _ source: SourceSpelling, of node: String
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__Spelling> {
    let message = unsafe arena.message(dcnpack__spelling__init)
    unsafe message.pointee.op = arena.text(source.op)
    unsafe message.pointee.n_attributes = source.attributes.count
    unsafe message.pointee.attributes = try unsafe list(source.attributes, of: node)
    return unsafe message
  }

  private func list(
    _ attributes: Attributes, of node: String
  ) throws(FormatError) -> UnsafeMutablePointer<UnsafeMutablePointer<Dcnpack__Attribute>?>? {
    var messages = unsafe [UnsafeMutablePointer<Dcnpack__Attribute>]()
    for (name, value) in attributes {
      let message = unsafe arena.message(dcnpack__attribute__init)
      unsafe message.pointee.name = arena.text(name)
      unsafe message.pointee.value = try unsafe self.value(value, of: "node '\(node)', attribute '\(name)'")
      unsafe messages.append(message)
    }
    return unsafe arena.list(messages)
  }

  private func value(
    _ value: AttributeValue, of place: String
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__AttributeValue> {
    let message = unsafe arena.message(dcnpack__attribute_value__init)
    switch value {
    case .boolean(let value):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_BOOLEAN
      unsafe message.pointee.boolean = value ? 1 : 0
    case .integer(let value):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_INTEGER
      unsafe message.pointee.integer = Int64(value)
    case .number(let value):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_NUMBER
      unsafe message.pointee.number = value
    case .text(let value):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_TEXT
      unsafe message.pointee.text = arena.text(value)
    case .list(let values):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_LIST
      unsafe message.pointee.list = try unsafe list(values, of: place)
    case .tensor(let name):
      unsafe message.pointee.kind_case = DCNPACK__ATTRIBUTE_VALUE__KIND_TENSOR
      unsafe message.pointee.tensor = UInt64(try self.place(of: name, in: place))
    }
    return unsafe message
  }

  private func list(
    _ values: [AttributeValue], of place: String
  ) throws(FormatError) -> UnsafeMutablePointer<Dcnpack__List> {
    let message = unsafe arena.message(dcnpack__list__init)
    let integers = values.compactMap { if case .integer(let value) = $0 { Int64(value) } else { nil } }
    let numbers = values.compactMap { if case .number(let value) = $0 { value } else { nil } }
    if integers.count == values.count {
      unsafe message.pointee.n_integers = integers.count
      unsafe message.pointee.integers = arena.list(integers)
    } else if numbers.count == values.count {
      unsafe message.pointee.n_numbers = numbers.count
      unsafe message.pointee.numbers = arena.list(numbers)
    } else {
      var messages = unsafe [UnsafeMutablePointer<Dcnpack__AttributeValue>]()
      for value in values { unsafe messages.append(try self.value(value, of: place)) }
      unsafe message.pointee.n_values = messages.count
      unsafe message.pointee.values = arena.list(messages)
    }
    return unsafe message
  }
}

// SAFETY: the messages live in the arena of the encoder that keeps this.
/// Messages without repetition; equal means equal bytes, so numbers that are not equal to themselves are too.
@safe
private struct Shared<Message> {
  private(set) var messages: [UnsafeMutablePointer<Message>]
  private var places: [[UInt8]: Int]

  init() {
    unsafe messages = unsafe []
    places = [:]
  }

  mutating func place(of message: UnsafeMutablePointer<Message>) -> Int {
    let key = unsafe ProtobufArena.encoded(message)
    if let place = places[key] { return place }
    places[key] = unsafe messages.count
    unsafe messages.append(message)
    return unsafe messages.count - 1
  }
}
