internal import Bytes
internal import Tensors

extension Cast {
  /// ONNX `Cast` (6 to 25) between types that are computed with; `saturate` and `round_mode` concern 8 bits and fewer.
  package static let onnx: ONNXDialect<Cast>? = ONNXDialect(
    names: [ONNXName("Cast", since: 6)],
    read: { node throws(OperatorError) in
      try node.requireInputs(1)
      node.ignore("saturate", "round_mode")
      let number = try node.integer("to")
      // 8 is a text.
      if number == 8 { return nil }
      guard let code = Int32(exactly: number), let type = ElementType(onnx: code) else {
        throw .attribute("to", found: "\(number)", expected: "a number of TensorProto.DataType")
      }
      return type.isOpaque || node.elementType(0)?.isOpaque == true ? nil : Cast(to: type)
    },
    write: { cast, _ throws(OperatorError) in
      guard let number = cast.elementType.onnx else {
        throw .attribute("elementType", found: cast.elementType.rawValue, expected: "a type of ONNX")
      }
      return [ONNXSpelling("Cast", [("to", .integer(number))], inputs: [.input(0)])]
    })
}
