package import Tensors

/// The value of one attribute of an ONNX node (onnx.proto, AttributeProto).
package enum ONNXAttribute: Sendable {
  case integer(Int)
  case float(Float)
  case text(String)
  case tensor(Tensor)
  case integers([Int])
  case floats([Float])
  case texts([String])
  /// What no operator of the table takes: subgraphs, sparse tensors, types, lists of tensors, texts that are
  /// not UTF-8. `kind` is ONNX's word for it.
  case other(kind: String)

  /// ONNX's word for the kind of value.
  package var kind: String {
    switch self {
    case .integer: "INT"
    case .float: "FLOAT"
    case .text: "STRING"
    case .tensor: "TENSOR"
    case .integers: "INTS"
    case .floats: "FLOATS"
    case .texts: "STRINGS"
    case .other(let kind): kind
    }
  }
}
