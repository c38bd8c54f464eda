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
        let tensor = Int(rest[1]).flatMap({ Tensor(whole: [$0], of: type, shape: [1]) })
          ?? Double(rest[1]).flatMap({ Tensor($0, of: type) })
      else { return nil }
      self = .tensor(tensor)
    default: return nil
    }
  }
}
