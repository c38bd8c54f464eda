internal import Bytes
internal import Tensors

extension ONNXAttribute {
  /// The kind and the value in a line of text, for attributes that the IR holds on behalf of ONNX: `INTS 1 2`,
  /// `STRING nearest`, `TENSOR int64 0` for a tensor of one element; nil for what is larger than that.
  var shortForm: String? {
    func line(_ values: [some CustomStringConvertible]) -> String {
      ([kind] + values.map(\.description)).joined(separator: " ")
    }
    switch self {
    case .integer(let value): return line([value])
    case .float(let value): return line([value])
    case .text(let text): return kind + " " + text
    case .integers(let values): return line(values)
    case .floats(let values): return line(values)
    case .texts, .other: return nil
    case .tensor(let tensor):
      guard tensor.shape.count == 1, !tensor.elementType.isOpaque else { return nil }
      let number =
        tensor.elementType.isFloatingPoint
        ? tensor.converted(to: Double.self).first?.description : tensor.wholeNumbers?.first?.description
      return number.map { "\(kind) \(tensor.elementType.rawValue) \($0)" }
    }
  }

  /// Nil where the text is no such line.
  init?(shortForm text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard let kind = words.first else { return nil }
    let rest = Array(words.dropFirst())
    func all<T: LosslessStringConvertible>(_ type: T.Type) -> [T]? {
      let values = rest.compactMap { T($0) }
      return values.count == rest.count ? values : nil
    }
    switch kind {
    case "INT":
      guard rest.count == 1, let value = Int(rest[0]) else { return nil }
      self = .integer(value)
    case "FLOAT":
      guard rest.count == 1, let value = Float(rest[0]) else { return nil }
      self = .float(value)
    case "STRING": self = .text(String(text.dropFirst(kind.count + 1)))
    case "INTS":
      guard let values = all(Int.self) else { return nil }
      self = .integers(values)
    case "FLOATS":
      guard let values = all(Float.self) else { return nil }
      self = .floats(values)
    case "TENSOR":
      guard rest.count == 2, let type = ElementType(rawValue: rest[0]),
        let tensor = Int(rest[1]).flatMap({ Tensor(whole: $0, of: type) })
          ?? Double(rest[1]).flatMap({ Tensor($0, of: type) })
      else { return nil }
      self = .tensor(tensor)
    default: return nil
    }
  }
}

extension Tensor {
  /// One element of a type of integers or booleans; nil for other types, and for what does not fit.
  init?(whole value: Int, of type: ElementType) {
    func integer<I: FixedWidthInteger & TensorElement>(_ type: I.Type) -> Tensor? {
      I(exactly: value).map { Tensor([$0], shape: [1]) }
    }
    let tensor: Tensor? =
      switch type {
      case .int8: integer(Int8.self)
      case .int16: integer(Int16.self)
      case .int32: integer(Int32.self)
      case .int64: integer(Int64.self)
      case .uint8: integer(UInt8.self)
      case .uint16: integer(UInt16.self)
      case .uint32: integer(UInt32.self)
      case .uint64: integer(UInt64.self)
      case .bool:
        Tensor(.bool, [1]) { $0.storeBytes(of: value == 0 ? 0 : 1, toByteOffset: 0, as: UInt8.self) }
      default: nil
      }
    guard let tensor else { return nil }
    self = tensor
  }

  /// One element of any type that is computed with; nil for the others, and for what does not fit.
  init?(_ value: Double, of type: ElementType) {
    func bits(_ bits: UInt16) -> Tensor {
      Tensor(type, [1]) { $0.storeBytes(of: bits, toByteOffset: 0, as: UInt16.self) }
    }
    let tensor: Tensor? =
      switch type {
      case .float32: Tensor([Float(value)], shape: [1])
      case .float64: Tensor([value], shape: [1])
      case .float16: bits(float16Bits(of: Float(value)))
      case .bfloat16: bits(bfloat16Bits(of: Float(value)))
      default: Int(checked: value).flatMap { Tensor(whole: $0, of: type) }
      }
    guard let tensor else { return nil }
    self = tensor
  }
}
