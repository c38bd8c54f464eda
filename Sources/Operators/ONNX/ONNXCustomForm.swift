internal import Graphs
internal import OrderedCollections
internal import Tensors

/// The compact form of operators that ONNX does not have: a node of a domain of ours, named and attributed as the
/// IR has it, inputs and outputs in the IR's order.
///
/// Texts hold words and truth values, INT and INTS whole numbers, FLOAT and FLOATS numbers that fp32 has, and a
/// TENSOR of doubles the others.
package enum ONNXCustomForm {
  package static let domain = "dcnconv"
  package static let version = 1

  /// Any operator as a node of this form.
  package static func spelling(of operation: any Operator) -> ONNXSpelling {
    ONNXSpelling(
      domain: domain, operation.name,
      operation.attributes.map { (name: $0.key, value: ONNXAttribute($0.value)) },
      inputs: operation.inputs.indices.map { .input($0) })
  }

  /// Nil where nobody knows an operator of this name.
  ///
  /// - Throws: `OperatorError` where the attributes are not the operator's.
  static func read(_ node: ONNXNode) throws(OperatorError) -> ONNXReading? {
    var attributes: Attributes = [:]
    for (name, value) in node.attributes {
      guard let value = AttributeValue(custom: value) else {
        throw .attribute(name, found: value.kind, expected: "a kind that this domain writes")
      }
      attributes[name] = value
    }
    guard let operation = try OperatorTable.make(node.op, attributes) else { return nil }
    return ONNXReading(operation: operation, inputs: Array(operation.inputs.indices))
  }
}

extension ONNXAttribute {
  fileprivate init(_ value: AttributeValue) {
    switch value {
    case .boolean(let value): self = .text(value ? "true" : "false")
    case .integer(let value): self = .integer(value)
    case .number(let value):
      self = Double(Float(value)) == value ? .float(Float(value)) : .tensor(Tensor([value], shape: []))
    case .text(let text), .tensor(let text): self = .text(text)
    case .list(let values): self = ONNXAttribute(values)
    }
  }

  /// Lists of an operator are of one kind; an empty one counts as one of whole numbers.
  private init(_ values: [AttributeValue]) {
    let numbers = values.compactMap { value -> Double? in
      if case .number(let number) = value { number } else { nil }
    }
    let texts = values.compactMap { value -> String? in
      if case .text(let text) = value { text } else { nil }
    }
    if !numbers.isEmpty {
      self =
        numbers.allSatisfy { Double(Float($0)) == $0 }
        ? .floats(numbers.map { Float($0) }) : .tensor(Tensor(numbers, shape: [numbers.count]))
    } else if !texts.isEmpty {
      self = .texts(texts)
    } else {
      self = .integers(
        values.compactMap { value in if case .integer(let number) = value { number } else { nil } })
    }
  }
}

extension AttributeValue {
  /// Nil for kinds that this form does not write.
  fileprivate init?(custom value: ONNXAttribute) {
    switch value {
    case .text("true"): self = .boolean(true)
    case .text("false"): self = .boolean(false)
    case .text(let text): self = .text(text)
    case .integer(let number): self = .integer(number)
    case .float(let number): self = .number(Double(number))
    case .integers(let numbers): self = .list(numbers.map(AttributeValue.integer))
    case .floats(let numbers): self = .list(numbers.map { .number(Double($0)) })
    case .texts(let texts): self = .list(texts.map(AttributeValue.text))
    case .tensor(let tensor):
      guard tensor.elementType == .float64, tensor.shape.rank <= 1 else { return nil }
      let numbers = tensor.converted(to: Double.self)
      self = tensor.shape.rank == 0 ? .number(numbers[0]) : .list(numbers.map(AttributeValue.number))
    case .other: return nil
    }
  }
}
