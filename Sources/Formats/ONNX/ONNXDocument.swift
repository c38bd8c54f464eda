internal import Bytes
internal import Graphs
internal import Operators
internal import Tensors

/// What an ONNX file says, before it is understood.
struct ONNXDocument {
  struct OperatorSet: Hashable {
    let domain: String
    let version: Int
  }

  /// A function that the file defines: its name and where its bytes are.
  struct Function {
    let domain: String
    let name: String
    let overload: String
    let place: Range<Int>
  }

  /// A tensor's description; its payload stays in the file.
  struct TensorEntry {
    let name: String
    let dimensions: [Int64]
    let dataType: Int32
    let pieces: [WireScan.Piece]
    /// The keys and values of `external_data`; nil where the payload is in this file.
    let external: [(key: String, value: String)]?
  }

  struct Attribute {
    enum Content {
      case value(ONNXAttribute)
      case tensor(TensorEntry)
    }
    let name: String
    let content: Content
    /// The bytes of the whole AttributeProto.
    let place: Range<Int>
  }

  struct Node {
    let name: String
    let op: String
    let domain: String
    let overload: String
    /// Empty names where an optional one is left out.
    let inputs: [String]
    let outputs: [String]
    let attributes: [Attribute]
  }

  struct ValueEntry {
    let name: String
    let type: ValueType
  }

  struct SparseEntry {
    let values: TensorEntry?
    let indices: TensorEntry?
    let dimensions: [Int64]
  }

  struct GraphEntry {
    let name: String
    let nodes: [Node]
    let initializers: [TensorEntry]
    let sparseInitializers: [SparseEntry]
    let inputs: [ValueEntry]
    let outputs: [ValueEntry]
    /// What the file says of values between inputs and outputs, and of outputs.
    let innerTypes: [String: ValueType]
    let outputTypes: [String: ValueType]
  }

  let irVersion: Int
  let producerName: String
  let producerVersion: String
  let domain: String
  let modelVersion: Int
  let operatorSets: [OperatorSet]
  let metadata: [(key: String, value: String)]
  let functions: [Function]
  /// Nil where the file holds none.
  let graph: GraphEntry?
}
