package import Tensors

/// A node as ONNX writes it.
package struct ONNXSpelling: Sendable {
  package enum Input: Sendable {
    /// The IR's input at this place.
    case input(Int)
    /// The first output of an earlier one of the nodes that spell the operator together.
    case node(Int)
    /// What the IR has as an attribute and ONNX as an input.
    case constant(Tensor)
    /// An optional input that is left out.
    case none
  }

  package var domain: String
  package var op: String
  package var attributes: [(name: String, value: ONNXAttribute)]
  package var inputs: [Input]

  package init(
    domain: String = "", _ op: String, _ attributes: [(name: String, value: ONNXAttribute)] = [],
    inputs: [Input]
  ) {
    self.domain = domain
    self.op = op
    self.attributes = attributes
    self.inputs = inputs
  }

  /// One number of a type.
  ///
  /// - Throws: `OperatorError` where the type does not have it.
  static func number(
    _ value: Double, of type: ElementType, shape: Shape = []
  ) throws(OperatorError) -> Tensor {
    guard let tensor = Tensor(value, of: type) else {
      throw OperatorError("number", found: "\(value)", expected: "one of \(type.rawValue)")
    }
    return tensor.reshaped(to: shape)
  }
}

extension ONNXSpelling.Input {
  /// A list of int64.
  static func integers(_ values: [Int]) -> Self {
    .constant(Tensor(values.map(Int64.init), shape: [values.count]))
  }
}

extension ConvolutionGeometry {
  /// `kernel_shape`, `strides`, `dilations` and `pads`: all begins, then all ends.
  var onnxAttributes: [(name: String, value: ONNXAttribute)] {
    [
      ("kernel_shape", .integers(kernel)), ("strides", .integers(stride)), ("dilations", .integers(dilation)),
      ("pads", .integers(padBegin + padEnd)),
    ]
  }
}

extension Operator {
  /// The ONNX nodes that compute this operator.
  ///
  /// - Throws: `OperatorError` where ONNX cannot say it.
  package func onnxSpelling(at site: ONNXSite) throws(OperatorError) -> [ONNXSpelling] {
    if let raw = self as? Deferred { return [try raw.onnxSpelling] }
    guard let write = Self.onnx?.write else {
      throw OperatorError("operator", found: name, expected: "one that ONNX has")
    }
    return try write(self, site)
  }
}
