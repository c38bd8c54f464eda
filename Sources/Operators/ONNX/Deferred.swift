package import Graphs
internal import OrderedCollections
package import Tensors

/// An ONNX node whose operator depends on shapes or values that its file leaves open: a `Reshape` to a computed
/// shape, a `Conv` that pads by its input's size.
///
/// It is the node as it was read. Once the inputs' shapes are known, the shape arithmetic is folded, and
/// `resolved` says which operator it is; `GraphInference` puts that in its place.
package struct Deferred: Operator {
  package static let name = "Deferred"

  /// ONNX's name, domain and operator set of the node.
  package var op: String
  package var domain: String
  package var opset: Int
  /// The node's attributes, in `ONNXAttribute`'s short form.
  package var settings: [String]
  package var inputCount: Int
  package var outputCount: Int

  /// Nil where an attribute has no short form.
  init?(_ node: ONNXNode) {
    var settings: [String] = []
    for (name, value) in node.attributes {
      guard let text = value.shortForm else { return nil }
      settings.append(name + " " + text)
    }
    op = node.op
    domain = node.domain
    opset = node.version
    self.settings = settings
    inputCount = node.inputs.count
    outputCount = node.outputCount
  }

  /// A node that a rewrite makes, of an operator that the IR need not know.
  ///
  /// - Parameter opset: the version of the domain's operator set; a file has one for all its nodes.
  /// - Precondition: each attribute has a short form: numbers, their lists, texts, tensors of one element.
  package init(
    _ op: String, domain: String = "", opset: Int,
    attributes: ONNXNode.Attributes = [:], inputCount: Int, outputCount: Int = 1
  ) {
    self.op = op
    self.domain = domain
    self.opset = opset
    settings = attributes.map { name, value in
      guard let text = value.shortForm else {
        preconditionFailure("\(op): attribute '\(name)' of kind \(value.kind) has no short form")
      }
      return name + " " + text
    }
    self.inputCount = inputCount
    self.outputCount = outputCount
  }

  /// - Throws: `OperatorError` where the settings are no attributes.
  private var onnxAttributes: ONNXNode.Attributes {
    get throws(OperatorError) {
      var attributes: ONNXNode.Attributes = [:]
      for setting in settings {
        let parts = setting.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let value = ONNXAttribute(shortForm: String(parts[1])) else {
          throw .attribute("settings", found: setting, expected: "a name, a kind and values")
        }
        attributes[String(parts[0])] = value
      }
      return attributes
    }
  }

  /// The node as it was read or made.
  ///
  /// - Throws: `OperatorError` where the settings are no attributes.
  var onnxSpelling: ONNXSpelling {
    get throws(OperatorError) {
      ONNXSpelling(
        domain: domain, op, try onnxAttributes.map { (name: $0.key, value: $0.value) },
        inputs: (0..<inputs.count).map(ONNXSpelling.Input.input))
    }
  }

  package var inputs: [InputName] {
    guard (0...65_536).contains(inputCount) else { return [] }
    return (0..<inputCount).map { InputName("input\($0)", optional: true) }
  }

  /// The operator, and which of the node's inputs it takes; nil while something is still open.
  ///
  /// - Throws: `OperatorError` where the node is not what its operator set says.
  package func resolved(_ inputs: InferredInputs) throws(OperatorError) -> ONNXReading? {
    let node = ONNXNode(
      op: op, domain: domain, version: opset, attributes: try onnxAttributes,
      inputs: (0..<inputs.count).map { index in
        guard inputs.isPresent(index), let type = inputs.types[index] else { return nil }
        return ONNXNode.Input(type: type, constant: inputs.constant(index))
      }, outputCount: outputCount)
    guard let reading = try OperatorTable.read(onnx: node), !(reading.operation is Deferred) else {
      return nil
    }
    return reading
  }

  package func infer(_ inputs: inout InferredInputs) throws(OperatorError) -> [ValueType] {
    try requireAttribute("outputCount", outputCount, in: 0...65_536)
    guard let reading = try resolved(inputs) else {
      return Array(repeating: .unknown, count: outputCount)
    }
    var inner = inputs.taking(reading.inputs, names: reading.operation.inputs)
    return try reading.operation.infer(&inner)
  }
}

extension Deferred {
  package static var mxnet: MXNetDialect<Deferred>? { nil }
}

extension Deferred: PendingBound {
  package var layout: LayoutPreference { .logical }

  package func step<T: Lane>(at site: Site<T>) throws(OperatorError) -> Step<T> {
    throw OperatorError(
      "operator", found: "\(op) of open shapes", expected: "one whose inputs' shapes are known")
  }
}

extension InferredInputs {
  /// These inputs in another operator's order.
  func taking(_ order: [Int], names: [InputName]) -> InferredInputs {
    InferredInputs(
      types: order.map { types.indices.contains($0) ? types[$0] : nil }, constants: order.map(constant),
      names: names)
  }
}
