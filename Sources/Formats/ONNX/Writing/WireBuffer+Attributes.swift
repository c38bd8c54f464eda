internal import Graphs
internal import Operators
internal import Tensors

extension WireBuffer {
  /// An `AttributeProto` of a node.
  mutating func attribute(_ name: String, _ value: ONNXAttribute) {
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
          inner.run(9, tensor.byteArray)
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

  /// A `ValueInfoProto`.
  ///
  /// - Parameters:
  ///   - elementType: ONNX's number of it.
  ///   - namesDimensions: unknown dimensions get a name, by which runtimes call them.
  mutating func value(
    _ field: UInt64, _ name: String, elementType: Int, _ shape: PartialShape, namesDimensions: Bool = false
  ) {
    message(field) { value in
      value.text(1, name)
      value.message(2) { type in
        type.message(1) { tensor in
          tensor.number(1, elementType)
          guard let dimensions = shape.dimensions else { return }
          tensor.message(2) { shape in
            for (axis, dimension) in dimensions.enumerated() {
              shape.message(1) {
                if let dimension {
                  $0.number(1, dimension)
                } else if namesDimensions {
                  $0.text(2, "\(name)_\(axis)")
                }
              }
            }
          }
        }
      }
    }
  }
}

extension ONNXAttribute {
  /// What an unknown operator's attribute was in its file; nil for what only its bytes can say.
  init?(_ value: AttributeValue) {
    switch value {
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .float(Float(number))
    case .text(let text): self = .text(text)
    case .list(let values):
      let integers = values.compactMap { value in if case .integer(let n) = value { n } else { nil } }
      let numbers = values.compactMap { value in if case .number(let n) = value { Float(n) } else { nil } }
      let texts = values.compactMap { value in if case .text(let text) = value { text } else { nil } }
      if integers.count == values.count {
        self = .integers(integers)
      } else if numbers.count == values.count {
        self = .floats(numbers)
      } else if texts.count == values.count {
        self = .texts(texts)
      } else {
        return nil
      }
    case .boolean, .tensor: return nil
    }
  }
}

extension Tensor {
  /// The elements' bytes in an array, for small tensors.
  var byteArray: [UInt8] {
    // SAFETY: the buffer is read inside the closure alone.
    unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}
