internal import Operators
internal import Tensors

/// A part of a file: what is made for it, or a tensor's elements where they are.
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

/// Where the elements of weights stand in a file of their own.
struct ONNXExternalLayout {
  /// The file's name, beside the model.
  let location: String
  /// Bytes from the start of the file, by the weights' places in the model; nil for small ones, which stay.
  private(set) var offsets: [Int?] = []
  private(set) var byteCount = 0

  /// Bytes below which a tensor stays in the model.
  private static let smallest = 1024
  /// Of each tensor's start: what memory is mapped by.
  private static let alignment = 4096

  init(location: String, _ tensors: [Tensor]) {
    self.location = location
    for tensor in tensors {
      guard tensor.byteCount >= Self.smallest else {
        offsets.append(nil)
        continue
      }
      let start = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
      offsets.append(start)
      byteCount = start + tensor.byteCount
    }
  }
}

extension WireBuffer {
  /// The dimensions, type and name of a `TensorProto`.
  mutating func tensorHeader(_ tensor: Tensor, name: String) {
    for dimension in tensor.shape.dimensions { number(1, dimension) }
    number(2, tensor.elementType.onnx ?? 0)
    text(ifAny: 8, name)
  }

  /// Where the elements of a `TensorProto` are, in another file.
  mutating func externalPlace(_ location: String, offset: Int, length: Int) {
    entry(13, "location", location)
    entry(13, "offset", "\(offset)")
    entry(13, "length", "\(length)")
    number(14, 1)
  }
}
