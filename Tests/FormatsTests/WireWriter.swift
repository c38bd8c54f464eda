/// Writes protobuf fields one by one, well-formed or not.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  static func make(_ body: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    body(&writer)
    return writer.bytes
  }

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: Int) {
    varint(field << 3)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func run(_ field: UInt64, _ content: [UInt8]) {
    varint(field << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func text(_ field: UInt64, _ text: String) { run(field, Array(text.utf8)) }

  mutating func message(_ field: UInt64, _ body: (inout WireWriter) -> Void) { run(field, Self.make(body)) }

  mutating func raw(_ content: [UInt8]) { bytes += content }
}

/// The parts of ONNX files as the tests need them; field numbers are those of Schemas/onnx.proto.
extension WireWriter {
  /// A whole file.
  static func model(
    irVersion: Int = 9, opset: Int = 19, _ graph: (inout WireWriter) -> Void
  ) -> [UInt8] {
    make {
      $0.number(1, irVersion)
      $0.message(8) { $0.number(2, opset) }
      $0.message(7, graph)
    }
  }

  mutating func tensor(
    _ name: String, type: Int = 1, _ dimensions: [Int], _ payload: (inout WireWriter) -> Void = { _ in }
  ) {
    message(5) { tensor in
      for dimension in dimensions { tensor.number(1, dimension) }
      tensor.number(2, type)
      tensor.text(8, name)
      payload(&tensor)
    }
  }

  /// In a tensor: where its payload is, if `data_location`, field 14, is 1.
  mutating func external(_ entries: KeyValuePairs<String, String>) {
    for (key, value) in entries {
      message(13) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
  }

  mutating func node(
    _ op: String, domain: String = "", inputs: [String], outputs: [String],
    _ attributes: (inout WireWriter) -> Void = { _ in }
  ) {
    message(1) { node in
      for input in inputs { node.text(1, input) }
      for output in outputs { node.text(2, output) }
      node.text(4, op)
      if !domain.isEmpty { node.text(7, domain) }
      attributes(&node)
    }
  }

  /// In a node: an attribute of type INT.
  mutating func attribute(_ name: String, _ value: Int) {
    message(5) {
      $0.text(1, name)
      $0.number(3, value)
      $0.number(20, 2)
    }
  }

  mutating func input(_ name: String) { message(11) { $0.text(1, name) } }
  mutating func output(_ name: String) { message(12) { $0.text(1, name) } }
}
