internal import Bytes
internal import CSchemas
internal import Graphs
internal import Operators
internal import OrderedCollections
internal import Tensors

/// Rebuilds the graph from its message, and checks that each place it names is there.
struct PackGraphDecoder {
  let decoder: PackDecoder
  let rows: [PackRow]

  func graph(_ message: Dcnpack__Graph) throws(FormatError) -> Graph {
    let nodes = unsafe messages(message.nodes, message.n_nodes)
    guard unsafe nodes.count <= Limits.nodes else {
      throw unsafe decoder.refuse("graph", "has \(nodes.count) nodes, more than \(Limits.nodes)")
    }
    let operations = try unsafe messages(message.operations, message.n_operations).each {
      message, number throws(FormatError) in try unsafe operation(message, number: number)
    }
    let spellings = try unsafe messages(message.spellings, message.n_spellings).each {
      message, number throws(FormatError) in try unsafe spelling(message, number: number)
    }
    let builder = unsafe Builder(
      decoder: self, values: messages(message.values, message.n_values), operations: operations,
      spellings: spellings)
    return try unsafe builder.build(nodes, outputs: scalars(message.outputs, message.n_outputs))
  }

  private func operation(
    _ message: Dcnpack__Operation, number: Int
  ) throws(FormatError) -> any Operation {
    let name = try unsafe decoder.text(message.name, "operation \(number)")
    let place = "operation \(number) '\(name)'"
    let attributes = try unsafe attributes(messages(message.attributes, message.n_attributes), place)
    if unsafe message.opaque_outputs > 0 {
      guard unsafe message.opaque_outputs <= UInt64(Limits.nodes) else {
        throw decoder.refuse(place, "has more than \(Limits.nodes) outputs")
      }
      return try unsafe OpaqueOperation(
        name: name, attributes: attributes, outputCount: decoder.count(message.opaque_outputs - 1, place))
    }
    do {
      if let known = try OperatorTable.make(name, attributes) { return known }
    } catch { throw decoder.refuse(place, "\(error)") }
    return OpaqueOperation(name: name, attributes: attributes, vocabulary: .neutral)
  }

  private func spelling(
    _ message: Dcnpack__Spelling, number: Int
  ) throws(FormatError) -> SourceSpelling {
    let op = try unsafe decoder.text(message.op, "spelling \(number)")
    return try unsafe SourceSpelling(
      op: op,
      attributes: attributes(
        messages(message.attributes, message.n_attributes), "spelling \(number) '\(op)'"))
  }

  private func attributes(
    _ messages: [Dcnpack__Attribute], _ place: String
  ) throws(FormatError) -> Attributes {
    var attributes: Attributes = [:]
    _ = try unsafe messages.each { message, _ throws(FormatError) in
      let name = try unsafe decoder.text(message.name, "\(place), attribute")
      guard let value = unsafe message.value else {
        throw decoder.refuse("\(place), attribute '\(name)'", "has no value")
      }
      let attribute = try unsafe self.value(value.pointee, "\(place), attribute '\(name)'")
      guard attributes.updateValue(attribute, forKey: name) == nil else {
        throw decoder.refuse("\(place), attribute '\(name)'", "is there twice")
      }
    }
    return attributes
  }

  private func value(
    _ message: Dcnpack__AttributeValue, _ place: String
  ) throws(FormatError) -> AttributeValue {
    switch unsafe message.kind_case {
    case DCNPACK__ATTRIBUTE_VALUE__KIND_BOOLEAN: return unsafe .boolean(message.boolean != 0)
    case DCNPACK__ATTRIBUTE_VALUE__KIND_INTEGER: return unsafe .integer(Int(message.integer))
    case DCNPACK__ATTRIBUTE_VALUE__KIND_NUMBER: return unsafe .number(message.number)
    case DCNPACK__ATTRIBUTE_VALUE__KIND_TEXT: return try unsafe .text(decoder.text(message.text, place))
    case DCNPACK__ATTRIBUTE_VALUE__KIND_LIST:
      return try unsafe .list(list(message.list.pointee, place))
    case DCNPACK__ATTRIBUTE_VALUE__KIND_TENSOR:
      guard let row = unsafe message.tensor < UInt64(rows.count) ? rows[Int(message.tensor)] : nil else {
        throw unsafe decoder.refuse(place, "names tensor \(message.tensor) of \(rows.count)")
      }
      return .tensor(row.name)
    default: throw decoder.refuse(place, "has a value of no kind")
    }
  }

  private func list(_ message: Dcnpack__List, _ place: String) throws(FormatError) -> [AttributeValue] {
    let integers = unsafe scalars(message.integers, message.n_integers)
    let numbers = unsafe scalars(message.numbers, message.n_numbers)
    let mixed = unsafe messages(message.values, message.n_values)
    let kinds = unsafe [integers.isEmpty, numbers.isEmpty, mixed.isEmpty]
    guard kinds.count(where: { !$0 }) <= 1 else {
      throw decoder.refuse(place, "has a list of several kinds, expected one")
    }
    if !integers.isEmpty { return integers.map { .integer(Int($0)) } }
    if !numbers.isEmpty { return numbers.map { .number($0) } }
    return try unsafe mixed.each { message, _ throws(FormatError) in try unsafe value(message, place) }
  }
}
